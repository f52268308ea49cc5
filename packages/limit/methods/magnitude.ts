import { keepMoment } from "@graphon-limit/ops";
import { magnitude } from "@graphon-limit/pruners";
import { constantLimit } from "../constant_limit.ts";
import { registerLimit } from "../registry.ts";
import { inUnitsOf, type LayerScores, solveThresholds } from "../threshold.ts";

/** Magnitude pruning: `2Φ̄(τ/σ_l)` in each layer (docs/mathematics.md §5), and the second moment of what is left of its weights. */
export const magnitudeLimit = registerLimit(constantLimit({
  method: magnitude,
  ofLaw({ layers, weights: law }, plan) {
    const scores = layers.map(({ logCount, logDeviation }): LayerScores => ({
      logCount,
      logScale: logDeviation,
      magnitudes: Float64Array.of(1),
      shares: Float64Array.of(1),
    }));
    const thresholds = solveThresholds(scores, plan, { law, signed: false });
    return scores.map((layer, index) => {
      const threshold = inUnitsOf(layer, thresholds[index]);
      return {
        kept: keepMoment(1, threshold, { law }),
        secondMoment: keepMoment(1, threshold, { law, moment: "second" }),
      };
    });
  },
}));
