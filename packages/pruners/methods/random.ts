import { NEGATIVE_INFINITY, randomScores } from "@graphon-limit/ops";
import { definePruner, type ScoreContext } from "../method.ts";
import { register } from "../registry.ts";
import { scoreLayers } from "../score_layers.ts";

/** Independent uniform scores: every weight is as likely to go as any other. */
export const random = register(definePruner({
  name: "random",
  label: "Random",
  reads: "nothing",
  score: uniformScores,
  recorded: true,
  style: { light: "#c68219", dark: "#f1b015", shape: "circle" },
}));

/** The scores of random pruning, for whatever leaves to chance which weights go. */
export function uniformScores(context: ScoreContext) {
  return scoreLayers(
    context,
    (layer, _weight, mask, scores) =>
      context.device.run(randomScores, { scores, mask }, {
        seedLow: context.seed[0],
        seedHigh: context.seed[1],
        layer,
        pruned: NEGATIVE_INFINITY,
      }),
  );
}
