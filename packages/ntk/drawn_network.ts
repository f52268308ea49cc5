import { sampleFromGraphon, type StepGraphon } from "@graphon-limit/graphon";
import type { SignedMoments } from "@graphon-limit/limit";
import { type Activation, type LayerMatrices, mlp, type Network } from "@graphon-limit/model";
import {
  deriveSeed,
  type Device,
  InvalidArgumentError,
  type LongCallOptions,
  type Matrix,
  RandomSequence,
  type Seed,
} from "@graphon-limit/runtime";
import { empiricalKernel } from "./empirical_kernel.ts";
import type { GraphonGradients } from "./graphon_kernel.ts";

/** How a network is drawn whose kernel is wanted. */
export interface DrawnOptions extends LongCallOptions {
  readonly weightVariance: number;
  readonly activation: Activation;
  readonly gradients?: GraphonGradients | undefined;
  readonly memoryBytes?: number | undefined;
  readonly seed: Seed;
}

/**
 * The kernel of a network drawn with given moments of its kept weights: in a wide network it depends on no more. Progress counts the
 * kernel's rows as if they were made one after the other.
 *
 * @param graphons P(kept), a row and a column for each neuron
 * @returns [N, N], the mean over outputs of their kernels; the caller's to dispose of
 */
export async function signedKernel(
  graphons: readonly StepGraphon[],
  moments: readonly SignedMoments[],
  inputs: Matrix,
  { gradients = "masked", memoryBytes, signal, onProgress, ...law }: DrawnOptions,
): Promise<Matrix> {
  if (gradients !== "masked") {
    throw new InvalidArgumentError(
      `Expected gradients of masked for kept weights whose signs are known but found ${gradients}`,
    );
  }
  using network = drawNetwork(inputs.device, graphons, moments, law);
  return await empiricalKernel(network, inputs, {
    ...{ output: "trace", memoryBytes, signal },
    onProgress: (done, total) => onProgress?.(Math.floor(inputs.cols * done / total), inputs.cols),
  });
}

/**
 * A network in the `ntk` parametrization whose kept weights are independent given the types of the neurons they join, with the moments
 * that the limit says and no other trace of it: each is kept with its probability and, where it is, one of two values.
 */
function drawNetwork(
  device: Device,
  graphons: readonly StepGraphon[],
  moments: readonly SignedMoments[],
  { weightVariance, activation, seed }: Omit<DrawnOptions, "gradients">,
): Network {
  const layers = graphons.map(({ rows, cols, values: kept }, layer): LayerMatrices => {
    const random = new RandomSequence(deriveSeed(seed, layer)), deviation = Math.sqrt(weightVariance);
    const mean = moments[layer].mean.values, variance = moments[layer].variance.values;
    const values = Float32Array.from(kept, (probability, at) => {
      if (!(probability > 0)) return 0;
      // Of the variance of w · kept, the coin that keeps it is a part.
      const centre = mean[at] / probability, square = (mean[at] ** 2 + variance[at]) / probability;
      const spread = Math.sqrt(Math.max(square - centre * centre, 0));
      return deviation * (random.uniform() < 0.5 ? centre - spread : centre + spread);
    });
    return { weight: device.upload(values, rows, cols) };
  });
  const network = mlp(device, layers, { parametrization: "ntk", activation });
  for (const [layer, graphon] of graphons.entries()) {
    const drawn = { seed: deriveSeed(seed, graphons.length), layer };
    network.weights[layer].setMask(sampleFromGraphon(device, graphon, graphon.rows, graphon.cols, drawn));
  }
  return network;
}
