import { NEGATIVE_INFINITY, randomScores } from "@graphon-limit/ops";
import { definePruner } from "./pruner.ts";
import { scoreLayers } from "./score_layers.ts";

/** Independent uniform scores: every weight is as likely to go as any other. */
export const random = definePruner({
  name: "random",
  score: ({ device, mlp, seed }) =>
    scoreLayers(mlp, (layer, _weights, mask, scores) =>
      device.run(randomScores, { scores, mask }, {
        seedLow: seed[0],
        seedHigh: seed[1],
        layer,
        pruned: NEGATIVE_INFINITY,
      })),
});
