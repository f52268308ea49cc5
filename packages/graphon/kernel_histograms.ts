import type { Axis } from "@graphon-limit/model";
import {
  assertCount,
  type BitMatrix,
  InvalidArgumentError,
  type LongCallOptions,
  packBits,
  unpackBits,
} from "@graphon-limit/runtime";
import { axisOrders, type MaskOrder } from "./axis_orders.ts";
import { onGrid } from "./estimators/cells.ts";
import { type Observation, observe, orderedHistogram, summarise } from "./estimators/observation.ts";
import { watchCall } from "./watch.ts";
import { DEFAULT_GRID } from "./sort_and_smooth.ts";
import { StepGraphon } from "./step_graphon.ts";

/** A mask of a network, between two of its axes. */
export interface PlacedMask {
  /** [outputs, inputs · taps]. */
  readonly mask: BitMatrix;
  /** Of a convolution's kernel; 1 of other weights. */
  readonly taps: number;
  readonly output: Axis;
  readonly input: Axis;
}

/**
 * What a mask of kernels is, channels being its nodes and the kept taps of a pair of channels their edge's decoration: a decorated
 * graphon (Lovász and Szegedy), as far as tap by tap and pair by pair of taps go.
 */
export interface KernelHistogram {
  /** For each tap the chance that it is kept, [grid, grid]; all in one order of channels. */
  readonly taps: readonly StepGraphon[];
  /** Their mean. */
  readonly channels: StepGraphon;
  /** The order of rows and inputs that all are in. */
  readonly order: MaskOrder;
  /** Ones in each row, and for each input, over all taps. */
  readonly outputDegrees: Float64Array;
  readonly inputDegrees: Float64Array;
  /** Of a mask that writes to heads, or reads from them, the density of each, in their order; none of others. */
  readonly headDensities: Float64Array;
  readonly kept: number;
  /** Inputs and outputs without any kept weight. */
  readonly deadInputs: number;
  readonly deadOutputs: number;
  /** The share of pairs of channels that keep each tap. */
  readonly densities: Float64Array;
  /** For 0 to all taps, the share of pairs of channels that keep so many. */
  readonly kernelSizes: Float64Array;
  /** How taps of one pair of channels are kept together, `Cov(M_τ, M_τ')` over all pairs, [taps, taps]. */
  readonly covariance: Float64Array;
}

/**
 * Sort-and-smooth of a network's masks, taps apart, axes that several masks share in one order (see {@linkcode axisOrders}).
 *
 * @param grid cells per axis; an axis of fewer nodes is expanded
 * @throws {InvalidArgumentError} unless a mask has a column for each input and tap
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { kernelHistograms } from "@graphon-limit/graphon";
 * import { axis } from "@graphon-limit/model";
 * import { openDevice, packBits } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * // Two outputs, one input, kernels of two taps: the first is kept everywhere, the second once.
 * using mask = device.uploadBits(packBits(Uint8Array.of(1, 0, 1, 1), 2, 2), 2, 2);
 * const [{ taps, kernelSizes }] = await kernelHistograms([
 *   { mask, taps: 2, output: axis("outputs", 2), input: axis("inputs", 1) },
 * ], 2);
 * assert.deepEqual(taps.map(({ values }) => [...values]), [[1, 1, 1, 1], [1, 1, 0, 0]]);
 * assert.deepEqual([...kernelSizes], [0, 0.5, 0.5]);
 * ```
 */
export async function kernelHistograms(
  masks: readonly PlacedMask[],
  grid = DEFAULT_GRID,
  call: LongCallOptions = {},
): Promise<KernelHistogram[]> {
  assertCount("the grid", grid, 1);
  const watch = watchCall(call), first = watch.part(0, 0.5), second = watch.part(0.5, 1);
  using made = new DisposableStack();
  const observed: { readonly observation: Observation; readonly bits: Uint8Array | undefined }[] = [];
  for (const [m, placed] of masks.entries()) {
    assertShape(placed);
    // Without kernels there is nothing to take apart, and the mask may be too large for the host.
    const bits = placed.taps === 1 ? undefined : await bitsOf(placed);
    const tapMasks = bits ? splitTaps(placed, bits) : [placed.mask];
    if (bits) { for (const mask of tapMasks) made.use(mask); }
    observed.push({ observation: await observe(tapMasks, first.nth(m, masks.length)), bits });
  }
  const orders = axisOrders(
    masks.map(({ output, input }, m) => ({ output, input, ...observed[m].observation })),
  );
  const results: KernelHistogram[] = [];
  for (const [m, { observation, bits }] of observed.entries()) {
    const { taps } = masks[m], order = orders[m], { kept, ...dead } = summarise(observation);
    const graphons: StepGraphon[] = [];
    const own = second.nth(m, masks.length);
    for (const [tap, mask] of observation.masks.entries()) {
      const alone = { ...observation, masks: [mask] }, { outputs, inputs } = order;
      const found = await orderedHistogram(alone, outputs, inputs, grid, grid, own.nth(tap, taps));
      graphons.push(onGrid(found, grid));
    }
    results.push({
      ...{ taps: graphons, channels: meanOf(graphons), order, kept: kept * taps },
      ...{ outputDegrees: observation.outputDegrees, inputDegrees: observation.inputDegrees },
      headDensities: headDensitiesOf(masks[m], observation, order),
      ...dead,
      ...(bits ? pairLaw(bits, taps) : edgeLaw(kept, observation.rows * observation.cols)),
    });
  }
  return results;
}

function assertShape({ mask, taps, output, input }: PlacedMask): void {
  if (mask.rows === output.size && mask.cols === input.size * taps) return;
  throw new InvalidArgumentError(
    `Expected a mask of ${output.size}×${
      input.size * taps
    }, as its axes and ${taps} taps say, but found ${mask.describe()}`,
  );
}

async function bitsOf({ mask }: PlacedMask): Promise<Uint8Array> {
  return unpackBits(await mask.device.readBits(mask), mask.rows, mask.cols);
}

/** The mask of each tap, [outputs, inputs]. */
function splitTaps({ mask: { device }, taps, output, input }: PlacedMask, bits: Uint8Array): BitMatrix[] {
  const rows = output.size, cols = input.size;
  return Array.from({ length: taps }, (_, tap) => {
    const own = new Uint8Array(rows * cols);
    for (let pair = 0; pair < own.length; pair++) own[pair] = bits[pair * taps + tap];
    return device.uploadBits(packBits(own, rows, cols), rows, cols);
  });
}

/** The share of weights kept in each head, of the side of a mask that has any. */
function headDensitiesOf(
  { output, input, taps }: PlacedMask,
  { outputDegrees, inputDegrees }: Observation,
  order: MaskOrder,
): Float64Array {
  const written = output.heads !== undefined, heads = output.heads ?? input.heads;
  if (!heads) return new Float64Array();
  const [axis, other] = written ? [output, input] : [input, output];
  const degrees = written ? outputDegrees : inputDegrees, places = written ? order.outputs : order.inputs;
  const each = axis.size / heads.size, densities = new Float64Array(heads.size);
  places.forEach((neuron, place) =>
    densities[Math.floor(place / each)] += degrees[neuron] / (each * other.size * taps)
  );
  return densities;
}

function meanOf(graphons: readonly StepGraphon[]): StepGraphon {
  const [{ rows, cols, values }] = graphons;
  const mean = Float64Array.from(
    values,
    (_, cell) => graphons.reduce((sum, { values }) => sum + values[cell], 0) / graphons.length,
  );
  return new StepGraphon(rows, cols, mean);
}

type PairLaw = Pick<KernelHistogram, "densities" | "kernelSizes" | "covariance">;

/** That of kernels of one tap, which are kept or not. */
function edgeLaw(kept: number, pairs: number): PairLaw {
  const density = kept / pairs;
  return {
    densities: Float64Array.of(density),
    kernelSizes: Float64Array.of((pairs - kept) / pairs, density),
    covariance: Float64Array.of(density - density ** 2),
  };
}

/** The law of how many taps a pair of channels keeps, and of which together. */
function pairLaw(bits: Uint8Array, taps: number): PairLaw {
  const pairs = bits.length / taps, kernelSizes = new Float64Array(taps + 1);
  const single = new Float64Array(taps), both = new Float64Array(taps ** 2), kept: number[] = [];
  for (let first = 0; first < bits.length; first += taps) {
    kept.length = 0;
    for (let tap = 0; tap < taps; tap++) if (bits[first + tap]) kept.push(tap);
    kernelSizes[kept.length]++;
    for (const a of kept) {
      single[a]++;
      for (const b of kept) both[a * taps + b]++;
    }
  }
  const covariance = both.map((count, at) =>
    count / pairs - single[Math.floor(at / taps)] * single[at % taps] / pairs ** 2
  );
  const densities = single.map((count) => count / pairs);
  return { densities, kernelSizes: kernelSizes.map((count) => count / pairs), covariance };
}
