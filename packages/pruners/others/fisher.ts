import { definePruner, type Method } from "../method.ts";
import { scoreByNeurons, squaredGradients } from "../neuron_scores.ts";

/**
 * Fisher pruning (Theis et al. 2018): score `½ w² F`, with the empirical Fisher information `F = (1/B) Σ_b (∂ℓ_b/∂w)²` of the samples'
 * own cross-entropies.
 */
export const fisher: Method = definePruner({
  name: "fisher",
  label: "Fisher",
  reads: "samples",
  score: (context) =>
    scoreByNeurons(context, {
      ...{ name: "fisher", kind: "second", factors: squaredGradients, backward: true, once: true },
      // δ is that of the mean over the samples.
      scale: (layerScale, samples) => layerScale ** 2 * samples / 2,
    }),
});
