import type { DrawnLayer } from "@graphon-limit/limit";
import { type Activation, type LayerMatrices, mlp } from "@graphon-limit/model";
import { InvalidArgumentError, type LongCallOptions, type Matrix, packBits } from "@graphon-limit/runtime";
import { empiricalKernel } from "./empirical_kernel.ts";
import type { GraphonGradients } from "./graphon_kernel.ts";

/** What network it is whose kernel is wanted. */
export interface DrawnOptions extends LongCallOptions {
  readonly weightVariance: number;
  readonly activation: Activation;
  readonly gradients?: GraphonGradients | undefined;
  readonly memoryBytes?: number | undefined;
}

/**
 * The kernel of drawn weights, in the `ntk` parametrization. Progress counts the kernel's rows as if they were made one after the
 * other.
 *
 * @returns [N, N], the mean over outputs of their kernels; the caller's to dispose of
 */
export async function drawnKernel(
  layers: readonly DrawnLayer[],
  inputs: Matrix,
  { gradients = "masked", memoryBytes, signal, onProgress, weightVariance, activation }: DrawnOptions,
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
