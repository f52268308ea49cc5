import { NEGATIVE_INFINITY, randomScores } from "@graphon-limit/ops";
import { definePruner } from "./pruner.ts";
import { scoreLayers } from "./score_layers.ts";

/** Independent uniform scores: every weight is as likely to go as any other. */
export const random = definePruner({
  name: "random",
  score: (context) =>
    scoreLayers(
      context,
      (layer, _weights, mask, scores) =>
        context.device.run(randomScores, { scores, mask }, {
          seedLow: context.seed[0],
          seedHigh: context.seed[1],
          layer,
          pruned: NEGATIVE_INFINITY,
        }),
    ),
});
