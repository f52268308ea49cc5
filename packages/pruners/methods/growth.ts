import { definePruner } from "../method.ts";
import { scoreByNeurons } from "../neuron_scores.ts";
import { backwardBytes } from "../pass_bytes.ts";
import { register } from "../registry.ts";

/**
 * The score by which RigL grows (Evci et al. 2020): the size of the gradient, `|∂ℒ/∂w|`, ℒ the cross-entropy on the batch. It does not
 * know of the weight.
 */
export const growth = register(definePruner({
  name: "growth",
  label: "Growth",
  reads: "samples",
  score: (context) =>
    scoreByNeurons(context, {
      ...{ name: "growth", kind: "size", backward: true, scale: (layerScale) => layerScale },
      factors: ({ input, delta }) => ({ a: delta!, x: input! }),
    }),
  memory(request) {
    const bytes = backwardBytes(request);
    return { most: bytes, left: bytes };
  },
}));
