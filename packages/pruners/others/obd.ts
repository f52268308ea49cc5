import { deriveSeed, type Matrix, RandomSequence, type Seed } from "@graphon-limit/runtime";
import { definePruner, type Method } from "../method.ts";
import { scoreByNeurons, squaredGradients } from "../neuron_scores.ts";

/**
 * Optimal brain damage (LeCun, Denker and Solla 1990): score `½ w² H`, with the diagonal of the Gauss–Newton matrix of the
 * cross-entropy for H. It is the mean of the squared gradients over the labels that the network itself would give (the Fisher
 * information), of which each sample draws one.
 */
export const obd: Method = definePruner({
  name: "obd",
  label: "OBD",
  reads: "samples",
  score: (context) =>
    scoreByNeurons(context, {
      ...{ name: "obd", kind: "second", factors: squaredGradients, backward: true, once: true },
      labels: async (outputs) => drawLabels(await outputs.device.read(outputs), outputs, context.seed),
      scale: (layerScale, samples) => layerScale ** 2 * samples / 2,
    }),
});

/** Keeps the labels apart from all else that comes of the seed. */
const LABELS = 0x6c61626c;

/** A label for each sample, drawn from the softmax of a network's outputs [classes, samples]. */
export function drawLabels(
  outputs: Float32Array | Float64Array,
  { rows: classes, cols: samples }: Pick<Matrix, "rows" | "cols">,
  seed: Seed,
): Uint32Array {
  const random = new RandomSequence(deriveSeed(seed, LABELS));
  return Uint32Array.from({ length: samples }, (_, b) => {
    const own = Float64Array.from({ length: classes }, (_, c) => outputs[c * samples + b]);
    const most = Math.max(...own), odds = own.map((output) => Math.exp(output - most));
    let left = random.uniform() * odds.reduce((sum, value) => sum + value, 0), label = 0;
    while (label < classes - 1 && left >= odds[label]) left -= odds[label++];
    return label;
  });
}
