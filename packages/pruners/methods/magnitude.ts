import { magnitudeScores, NEGATIVE_INFINITY } from "@graphon-limit/ops";
import { definePruner } from "../method.ts";
import { register } from "../registry.ts";
import { scoreLayers } from "../score_layers.ts";

/** The smallest weights go: score `|w|`. */
export const magnitude = register(definePruner({
  name: "magnitude",
  label: "Magnitude",
  reads: "weights",
  score: (context) =>
    scoreLayers(
      context,
      (_layer, { matrix: weights }, mask, scores) =>
        context.device.run(magnitudeScores, { weights, mask, scores }, { pruned: NEGATIVE_INFINITY }),
    ),
  recorded: true,
  style: { light: "#710078", dark: "#955282", shape: "diamond" },
}));
