import type { DrawnLayer } from "@graphon-limit/limit";
import { type Activation, type LayerMatrices, mlp, type Network } from "@graphon-limit/model";
import {
  type Device,
  InvalidArgumentError,
  type LongCallOptions,
  type Matrix,
  packBits,
} from "@graphon-limit/runtime";
import { empiricalKernel } from "./empirical_kernel.ts";
import type { GraphonGradients } from "./graphon_kernel.ts";

/** What beside its weights makes a network. */
export interface DrawnNetworkOptions {
  /** `σ_w²`; default 1. */
  readonly weightVariance?: number | undefined;
  /** Default `relu`. */
  readonly activation?: Activation | undefined;
}

/**
 * The network, in the `ntk` parametrization, of the weights that `limitNetwork` draws where neurons know their signs
 * (`NetworkLimit.drawn`), its masks on it: `empiricalKernel` of it is that of the weights that a method keeps (docs/mathematics.md §5,
 * "Kept weights").
 *
 * @param layers from the first on; the last's rows are the outputs
 * @returns the caller's to dispose of
 * @throws {InvalidArgumentError} where layers do not follow one another
 */
export function drawnNetwork(
  device: Device,
  layers: readonly DrawnLayer[],
  { weightVariance = 1, activation = "relu" }: DrawnNetworkOptions = {},
): Network {
  const deviation = Math.sqrt(weightVariance);
  const matrices = layers.map(({ rows, cols, weights }): LayerMatrices => ({
    weight: device.upload(weights.map((weight) => deviation * weight), rows, cols),
  }));
  const network = mlp(device, matrices, { parametrization: "ntk", activation });
  for (const [index, { rows, cols, kept }] of layers.entries()) {
    network.weights[index].setMask(device.uploadBits(packBits(kept, rows, cols), rows, cols));
  }
  return network;
}

/** What network it is whose kernel is wanted. */
interface DrawnOptions extends LongCallOptions, DrawnNetworkOptions {
  readonly gradients?: GraphonGradients | undefined;
  readonly memoryBytes?: number | undefined;
}

/**
 * The kernel of drawn weights. Progress counts the kernel's rows as if they were made one after the other.
 *
 * @returns [N, N], the mean over outputs of their kernels; the caller's to dispose of
 */
export async function drawnKernel(
  layers: readonly DrawnLayer[],
  inputs: Matrix,
  { gradients = "masked", memoryBytes, signal, onProgress, ...options }: DrawnOptions,
): Promise<Matrix> {
  if (gradients !== "masked") {
    throw new InvalidArgumentError(
      `Expected gradients of masked for kept weights whose signs are known but found ${gradients}`,
    );
  }
  using network = drawnNetwork(inputs.device, layers, options);
  return await empiricalKernel(network, inputs, {
    ...{ output: "trace", memoryBytes, signal },
    onProgress: (done, total) => onProgress?.(Math.floor(inputs.cols * done / total), inputs.cols),
  });
}
