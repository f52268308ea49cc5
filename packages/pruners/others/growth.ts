import { definePruner, type Method } from "../method.ts";
import { scoreByNeurons } from "../neuron_scores.ts";

/**
 * The score by which RigL grows (Evci et al. 2020): the size of the gradient, `|∂ℒ/∂w|`, ℒ the cross-entropy on the batch. It does not
 * know of the weight.
 */
export const growth: Method = definePruner({
  name: "growth",
  label: "Growth",
  reads: "samples",
  score: (context) =>
    scoreByNeurons(context, {
      ...{ name: "growth", kind: "size", backward: true, scale: (layerScale) => layerScale },
      factors: ({ input, delta }) => ({ a: delta!, x: input! }),
    }),
});
