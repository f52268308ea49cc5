import type { Resources } from "@graphon-limit/model";
import { reduceRows } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import { definePruner, type Method } from "../method.ts";
import { type NeuronFactors, scoreByNeurons, squared } from "../neuron_scores.ts";

/**
 * Wanda (Sun et al. 2024): score `|w_ij| ‖h_j‖`, the norm of what the weight's input sends forward over the batch. The threshold is
 * the scope's, where its authors compare the weights of one output.
 */
export const wanda: Method = definePruner({
  name: "wanda",
  label: "Wanda",
  reads: "samples",
  score: (context) =>
    scoreByNeurons(context, {
      ...{ name: "wanda", kind: "snip", backward: false },
      factors: ({ input, weight }, made) => inputNorms(input!, weight.rows, made),
    }),
});

/** For each input [inputs, samples] its norm over the batch, and 1 for each output. */
export async function inputNorms(input: Matrix, outputs: number, made: Resources): Promise<NeuronFactors> {
  const { device, rows } = input;
  using sums = device.matrix(rows, 1);
  device.run(reduceRows, { x: squared(input, made), y: sums }, { initial: 0, kind: "sum" });
  const norms = (await device.read(sums)).map(Math.sqrt);
  return {
    a: made.add(device.upload(new Float32Array(outputs).fill(1), outputs, 1)),
    x: made.add(device.upload(norms, rows, 1)),
  };
}
