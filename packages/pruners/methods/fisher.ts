import { definePruner } from "../method.ts";
import { scoreByNeurons, squaredGradients } from "../neuron_scores.ts";
import { backwardBytes } from "../pass_bytes.ts";
import { register } from "../registry.ts";

/**
 * Fisher pruning (Theis et al. 2018): score `½ w² F`, with the empirical Fisher information `F = (1/B) Σ_b (∂ℓ_b/∂w)²` of the samples'
 * own cross-entropies.
 */
export const fisher = register(definePruner({
  name: "fisher",
  label: "Fisher",
  reads: "samples",
  score: (context) =>
    scoreByNeurons(context, {
      ...{ name: "fisher", kind: "second", factors: squaredGradients, backward: true, once: true },
      // δ is that of the mean over the samples.
      scale: (layerScale, samples) => layerScale ** 2 * samples / 2,
    }),
  memory(request) {
    const bytes = 2 * backwardBytes(request);
    return { most: bytes, left: bytes };
  },
}));
