import { magnitudeScores, NEGATIVE_INFINITY } from "@graphon-limit/ops";
import { definePruner } from "./pruner.ts";
import { scoreLayers } from "./score_layers.ts";

/** The smallest weights go: score `|w|`. */
export const magnitude = definePruner({
  name: "magnitude",
  score: (context) =>
    scoreLayers(
      context,
      (_layer, weights, mask, scores) =>
        context.device.run(magnitudeScores, { weights, mask, scores }, { pruned: NEGATIVE_INFINITY }),
    ),
});
