import type { DrawnLayer } from "@graphon-limit/limit";
import { type Activation, type LayerMatrices, mlp } from "@graphon-limit/model";
import { InvalidArgumentError, type LongCallOptions, type Matrix, packBits } from "@graphon-limit/runtime";
import { empiricalKernel } from "./empirical_kernel.ts";
import type { GraphonGradients } from "./graphon_kernel.ts";

/** What network it is whose kernel is wanted. Progress counts the kernel's rows as if they were made one after the other. */
export interface DrawnOptions extends LongCallOptions {
  /** `σ_w²`; default 1. */
  readonly weightVariance?: number | undefined;
  /** Default `relu`. */
  readonly activation?: Activation | undefined;
  /** `masked`, the default: the other is not known of weights that know their signs. */
  readonly gradients?: GraphonGradients | undefined;
  /** Bytes for what is held of the pairs of samples at a time, as `empiricalKernel` has it. */
  readonly memoryBytes?: number | undefined;
}

/**
 * The kernel of the weights that `limitNetwork` draws where neurons know their signs (`NetworkLimit.drawn`), in the `ntk`
 * parametrization (docs/mathematics.md §5, "Kept weights").
 *
 * @param layers from the first on; the last's rows are the outputs
 * @param inputs [features, N]
 * @returns [N, N], the mean over outputs of their kernels; the caller's to dispose of
 * @throws {InvalidArgumentError} for gradients of `variance`, and where layers do not follow one another or the inputs
 */
export async function drawnKernel(
  layers: readonly DrawnLayer[],
  inputs: Matrix,
  { gradients = "masked", memoryBytes, signal, onProgress, weightVariance = 1, activation = "relu" }:
    DrawnOptions = {},
): Promise<Matrix> {
  if (gradients !== "masked") {
    throw new InvalidArgumentError(
      `Expected gradients of masked for kept weights whose signs are known but found ${gradients}`,
    );
  }
  const { device } = inputs, deviation = Math.sqrt(weightVariance);
  const matrices = layers.map(({ rows, cols, weights }): LayerMatrices => ({
    weight: device.upload(weights.map((weight) => deviation * weight), rows, cols),
  }));
  using network = mlp(device, matrices, { parametrization: "ntk", activation });
  for (const [index, { rows, cols, kept }] of layers.entries()) {
    network.weights[index].setMask(device.uploadBits(packBits(kept, rows, cols), rows, cols));
  }
  return await empiricalKernel(network, inputs, {
    ...{ output: "trace", memoryBytes, signal },
    onProgress: (done, total) => onProgress?.(Math.floor(inputs.cols * done / total), inputs.cols),
  });
}
