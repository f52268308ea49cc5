import type { StepGraphon } from "@graphon-limit/graphon";
import { type Activation, ACTIVATIONS } from "@graphon-limit/model";
import { dualActivation, mirrorUpper } from "@graphon-limit/ops";
import {
  assertCount,
  heedSignal,
  InvalidArgumentError,
  type LongCallOptions,
  type Matrix,
  show,
} from "@graphon-limit/runtime";
import { type GraphonLayers, placeGraphons } from "./graphon_layers.ts";
import { addTile, average, type GraphonTile, inputPairs, type TileSettings } from "./graphon_tile.ts";
import { normalQuadrature } from "./normal_quadrature.ts";

/** Which weights train: those a mask keeps, or all of them, the graphon being the profile of their variance. */
export type GraphonGradients = "masked" | "variance";

/** The kinds of gradients there are. */
export const GRAPHON_GRADIENTS: readonly GraphonGradients[] = ["masked", "variance"];

/** Which kernel {@linkcode graphonKernel} computes, and with how much memory. Progress counts the kernel's rows. */
export interface GraphonKernelOptions extends LongCallOptions {
  /** Default `masked`, the limit of the kernels of pruned networks; `variance` is the paper's Theorem 1. */
  readonly gradients?: GraphonGradients | undefined;
  /** `σ_w²`; default 1, as in the paper. */
  readonly weightVariance?: number | undefined;
  /** `σ_b²` of biases that are drawn and train; default 0, no biases. */
  readonly biasVariance?: number | undefined;
  /** Default `relu`. */
  readonly activation?: Activation | undefined;
  /**
   * `V(u, v) = E[w² M] / σ_w²` for each layer, where a score that depends on `w` chose the mask: signals are averaged over
   * these, and `graphons` count for `masked` gradients alone. Left out, they are the graphons themselves.
   */
  readonly secondMoments?: readonly StepGraphon[] | undefined;
  /** Bytes for what is held of the pairs of samples at a time; default 256 MiB. */
  readonly memoryBytes?: number | undefined;
  /** Receives the position-dependent quantities of each tile of pairs; they are released when it returns. */
  readonly onTile?: ((tile: GraphonTile) => void | Promise<void>) | undefined;
}

const DEFAULT_MEMORY_BYTES = 2 ** 28;

/**
 * The graphon neural tangent kernel (Pham et al. 2025, Proposition 1 and Theorem 1; docs/mathematics.md §4): the kernel, in the `ntk`
 * parametrization, of an infinitely wide network whose masks are drawn from step graphons,
 *
 *     Σ̃^(l)(u) = σ_w² mean_v V^(l)(u, v) Σ^(l-1)(v) + σ_b²        Σ^(l)(u) = E_φ[Σ̃^(l)(u)]
 *     G^(l)(u) = E_φ'[Σ̃^(l)(u)] σ_w² mean_u' V^(l+1)(u', u) G^(l+1)(u')
 *     masked:    Θ = Σ_l mean_uv G^(l)(u) W^(l)(u, v) Σ^(l-1)(v)
 *     variance:  Θ = Σ_l mean_u G^(l)(u) mean_v Σ^(l-1)(v)
 *
 * Biases, where `σ_b² > 0`, train too: they add `Σ_l mean_u G^(l)(u)` to Θ.
 *
 * Pairs of samples are taken tile by tile, upper half only, so that no position's kernel is ever held whole.
 *
 * @param graphons one per layer of weights, [K_l, K_{l−1}]: the first over K_0 positions that divide the features evenly, the
 * last with one row for an output (or more, whose kernels are then averaged)
 * @param inputs [features, N]
 * @returns [N, N], the caller's to dispose of
 * @throws {InvalidArgumentError} if the graphons do not follow one another or do not divide the features
 *
 * @example The dense network's kernel
 * ```ts
 * import assert from "node:assert/strict";
 * import { StepGraphon } from "@graphon-limit/graphon";
 * import { graphonKernel } from "@graphon-limit/ntk";
 * import { openDevice } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using inputs = device.upload(Float32Array.of(1, 0, 0, 1), 2, 2);
 * using kernel = await graphonKernel([StepGraphon.constant(1), StepGraphon.constant(1)], inputs, {
 *   weightVariance: 2,
 * });
 * // Half from the last layer, Σ^(1) = 1/2, and half from the first, G^(1) Σ^(0) = 1 · 1/2.
 * const [norm] = await device.read(kernel);
 * assert.ok(Math.abs(norm - 1) < 1e-5);
 * ```
 */
export async function graphonKernel(
  graphons: readonly StepGraphon[],
  inputs: Matrix,
  options: GraphonKernelOptions = {},
): Promise<Matrix> {
  const { gradients = "masked", weightVariance = 1, activation = "relu", secondMoments } = options;
  const { biasVariance = 0, memoryBytes = DEFAULT_MEMORY_BYTES, onTile, signal, onProgress } = options;
  assertOptions({ gradients, weightVariance, biasVariance, activation, memoryBytes });
  signal?.throwIfAborted();
  const { device } = inputs, samples = inputs.cols;
  using layers = placeGraphons(device, graphons, secondMoments, gradients, inputs.rows);
  const bare: TileSettings = { layers, inputs, nodes: undefined, activation, weightVariance, biasVariance };
  using nodes = activation === "tanh" ? await placeNodes(bare, secondMoments ?? graphons) : undefined;
  const settings: TileSettings = { ...bare, nodes };
  const variances = diagonalVariances(settings);
  const kernel = device.matrix(samples, samples);
  try {
    device.clear(kernel);
    for (let row = 0; row < samples;) {
      const rows = rowsAtOnce(layers, samples - row, memoryBytes, device.info.maxBindingBytes);
      await addTile(kernel, { ...settings, variances, firstRow: row, rows }, onTile);
      row += rows;
      onProgress?.(row, samples);
      await heedSignal(options);
    }
    if (samples > 0) device.run(mirrorUpper, { x: kernel }, { block: samples });
    await device.idle();
    return kernel;
  } catch (error) {
    kernel.dispose();
    throw error;
  } finally {
    for (const variance of variances) variance.dispose();
  }
}

function assertOptions(
  { gradients, weightVariance, biasVariance, activation, memoryBytes }: {
    biasVariance: number;
    gradients: GraphonGradients;
    weightVariance: number;
    activation: Activation;
    memoryBytes: number;
  },
): void {
  if (!GRAPHON_GRADIENTS.includes(gradients)) {
    throw new InvalidArgumentError(
      `Expected gradients of ${GRAPHON_GRADIENTS.join(", ")} but found ${show(gradients)}`,
    );
  }
  if (!ACTIVATIONS.includes(activation)) {
    throw new InvalidArgumentError(
      `Expected an activation of ${ACTIVATIONS.join(", ")} but found ${show(activation)}`,
    );
  }
  if (!(weightVariance > 0 && weightVariance < Infinity)) {
    throw new InvalidArgumentError(`Expected a weight variance above 0 but found ${show(weightVariance)}`);
  }
  if (!(biasVariance >= 0 && biasVariance < Infinity)) {
    throw new InvalidArgumentError(`Expected a bias variance of at least 0 but found ${show(biasVariance)}`);
  }
  assertCount("memoryBytes", memoryBytes, 1);
}

/** A quadrature for tanh that is fine enough for the largest pre-activation there is. */
async function placeNodes(settings: TileSettings, moments: readonly StepGraphon[]): Promise<Matrix> {
  const { inputs, weightVariance, biasVariance } = settings;
  using signal = inputPairs(settings, inputs.cols, DIAGONAL);
  using first = average(settings, 0, signal);
  let largest = (await inputs.device.read(first)).reduce((most, value) => Math.max(most, value), 0);
  // What tanh gives is at most 1, so a later layer's variance is at most σ_w² times its graphon's mean over the inputs, and σ_b².
  for (const graphon of moments.slice(1)) {
    for (const degree of graphon.degrees().outputs) {
      largest = Math.max(largest, weightVariance * degree + biasVariance);
    }
  }
  const { places, weights } = normalQuadrature(Math.sqrt(largest));
  return inputs.device.upload(Float32Array.of(...places, ...weights), 2, places.length);
}

/** Each sample with itself. */
const DIAGONAL = { firstRow: 0, firstColumn: 0, diagonal: true };

/** `Σ̃^(l)(u; x, x)` of each hidden layer, [K_l, N]: what correlations are measured against. */
function diagonalVariances(settings: TileSettings): Matrix[] {
  const { layers, inputs, nodes, activation } = settings;
  const { device } = inputs;
  const variances: Matrix[] = [];
  let signal = inputPairs(settings, inputs.cols, DIAGONAL);
  for (let layer = 0; layer + 1 < layers.signal.length; layer++) {
    const variance = average(settings, layer, signal);
    signal.dispose();
    variances.push(variance);
    signal = device.matrix(variance.rows, variance.cols);
    using slope = device.matrix(variance.rows, variance.cols);
    const args = { covariance: variance, nodes, value: signal, slope };
    device.run(dualActivation, args, { ...DIAGONAL, fn: activation });
  }
  signal.dispose();
  return variances;
}

/** Rows of the kernel whose pairs, with `width` samples each, fit the memory together. */
function rowsAtOnce(
  { grids, gradient }: GraphonLayers,
  width: number,
  memoryBytes: number,
  maxBindingBytes: number,
): number {
  const hidden = grids.slice(1, -1).reduce((sum, grid) => sum + grid, 0), largest = Math.max(...grids);
  // Covariances and slopes of every layer, averages for the gradients where they are others, and two steps at work.
  const perPair = 4 * (hidden * (gradient[0] ? 3 : 2) + grids[0] + 2 * largest);
  const pairs = Math.min(memoryBytes / perPair, maxBindingBytes / (4 * largest));
  return Math.max(1, Math.min(Math.floor(pairs / width), width));
}
