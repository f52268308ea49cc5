import { keepMoment, scaleBins, scaleHistogram, scaleOfBin, type WeightLaw } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import type { MaskPlan } from "./options.ts";

/** Bits left out of the histogram of scales: 256 bins to each power of two. */
const SHIFT = 15;

/** A layer's scores: `e^logScale · magnitude · ω`, the weight ω of mean 0 and variance 1, the magnitude of a known law. */
export interface LayerScores {
  readonly logCount: number;
  readonly logScale: number;
  /** Magnitudes and the share of the layer's weights that has each; the shares sum to 1. */
  readonly magnitudes: Float64Array;
  readonly shares: Float64Array;
}

/** Nearer to 0 there is no score but 0. */
export const NEXT_TO_ZERO = 1e-37;

/** A threshold by its sign and the logarithm of its size. */
export interface Threshold {
  readonly sign: -1 | 0 | 1;
  readonly logSize: number;
  /** Of the scores that are the threshold itself, which only those of exactly 0 can be, the share that stays. */
  readonly tied: number;
}

/** How much is kept. */
export type KeptPart = Pick<MaskPlan, "sparsity" | "scope" | "ties">;

/** The threshold of 0 where the fraction `above` is above it, `atLeast` with those of exactly 0, and `kept` is wanted. */
export function thresholdOfTies(
  kept: number,
  above: number,
  atLeast: number,
  ties: KeptPart["ties"],
): Threshold {
  const tied = ties === "hash" && atLeast > above
    ? Math.min(Math.max((kept - above) / (atLeast - above), 0), 1)
    : 0;
  return { sign: 0, logSize: -Infinity, tied };
}

/** The law of the elements of a matrix of scales, as a fine histogram of their logarithms. */
export async function magnitudesOf(scale: Matrix): Promise<Pick<LayerScores, "magnitudes" | "shares">> {
  const { device } = scale;
  using counts = device.matrix(1, scaleBins(SHIFT), "u32");
  device.clear(counts);
  device.run(scaleHistogram, { x: scale, counts }, { shift: SHIFT });
  const found = await device.read(counts), magnitudes: number[] = [], shares: number[] = [];
  found.forEach((count, bin) => {
    if (count === 0) return;
    magnitudes.push(scaleOfBin(bin, SHIFT));
    shares.push(count / (scale.rows * scale.cols));
  });
  return { magnitudes: Float64Array.from(magnitudes), shares: Float64Array.from(shares) };
}

/**
 * The thresholds at which the expected number of weights kept is what is asked for: one for all layers, or one for each. Where
 * scores of exactly zero stand at the quantile it is 0, and as many of them stay as are wanted or none (docs/mathematics.md §2).
 */
export function solveThresholds(
  layers: readonly LayerScores[],
  part: KeptPart,
  laws: { law: WeightLaw; signed: boolean },
): Threshold[] {
  if (part.scope === "layer") return layers.map((layer) => solve([layer], part, laws));
  const shared = solve(layers, part, laws);
  return layers.map(() => shared);
}

/** A threshold in a layer's own units, the scores divided by `e^logScale`. */
export function inUnitsOf({ logScale }: Pick<LayerScores, "logScale">, { sign, logSize }: Threshold): number {
  return sign === 0 ? 0 : sign * Math.exp(logSize - logScale);
}

function solve(
  layers: readonly LayerScores[],
  { sparsity, ties }: KeptPart,
  { law, signed }: { law: WeightLaw; signed: boolean },
): Threshold {
  const kept = 1 - sparsity;
  if (kept >= 1) return { sign: -1, logSize: Infinity, tied: 0 };
  const most = Math.max(...layers.map(({ logCount }) => logCount));
  const weights = layers.map(({ logCount }) => Math.exp(logCount - most));
  const total = weights.reduce((sum, weight) => sum + weight);
  /** The fraction of scores beyond ±e^logSize. */
  const beyond = (logSize: number) =>
    layers.reduce((sum, layer, index) => {
      const threshold = Math.exp(logSize - layer.logScale);
      let share = 0;
      layer.magnitudes.forEach((magnitude, bin) =>
        share += layer.shares[bin] * keepMoment(magnitude, threshold, { law })
      );
      return sum + weights[index] * share;
    }, 0) / total;
  const nonZero = beyond(-Infinity);
  const found = (sign: 1 | -1, value: number) => ({ sign, logSize: bisect(beyond, value, layers), tied: 0 });
  const positive = signed ? nonZero / 2 : nonZero;
  if (kept < positive) return found(1, signed ? 2 * kept : kept);
  // Below a negative threshold lie the scores whose size is beyond it and whose sign is negative.
  if (signed && 1 - kept < nonZero / 2) return found(-1, 2 * (1 - kept));
  return thresholdOfTies(kept, positive, signed ? 1 - nonZero / 2 : 1, ties);
}

/** Where a falling function of the logarithm has a value between its extremes. */
function bisect(f: (logSize: number) => number, value: number, layers: readonly LayerScores[]): number {
  const sizes = layers.flatMap(({ logScale, magnitudes }) =>
    [...magnitudes].filter((magnitude) => magnitude > 0).map((magnitude) => logScale + Math.log(magnitude))
  );
  // A weight is beyond 12 deviations, or within e^−60 of zero, in no sum that double precision sees.
  let low = sizes.reduce((least, size) => Math.min(least, size), Infinity) - 60;
  let high = sizes.reduce((largest, size) => Math.max(largest, size), -Infinity) + 3;
  for (let step = 0; step < 60 && high - low > 1e-9; step++) {
    const middle = (low + high) / 2;
    if (f(middle) > value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
