import { type Device, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { axis } from "./axis.ts";
import { Network } from "./network.ts";
import { vectorShape } from "./signal.ts";
import type { Stage } from "./stage.ts";
import { Weight } from "./weight.ts";

/** A weight on its own: its matrix [out, in · taps], its name in files, and a convolution's kernel. */
export interface LoneWeight {
  readonly name: string;
  readonly matrix: Matrix;
  readonly kernel?: readonly number[] | undefined;
}

/**
 * Weights of which it is not known how signals run through them, as a network: they can be scored by what needs no signals, and
 * pruned. It owns them.
 *
 * @param why what is said where a signal is to run all the same
 */
export function unconnected(device: Device, weights: readonly LoneWeight[], why: string): Network {
  const parameters = weights.map(({ name, matrix, kernel = [] }) => {
    const taps = kernel.reduce((product, extent) => product * extent, 1);
    const output = axis(`${name} outputs`, matrix.rows), input = axis(`${name} inputs`, matrix.cols / taps);
    return new Weight(matrix, { name, output, input, kernel });
  });
  const refuse = (): never => {
    throw new InvalidArgumentError(why);
  };
  const stage: Stage = { parameters, shape: (input) => input, forward: refuse, flow: refuse };
  return new Network(device, stage, vectorShape(1), {
    kind: "unconnected",
    activation: "linear",
    parametrization: "standard",
  });
}
