import { assertCount, InvalidArgumentError, RandomSequence, type Seed } from "@graphon-limit/runtime";
import type { StepGraphon } from "../step_graphon.ts";
import type { MeasuredDistance } from "./measured_distance.ts";

export interface DebiasedDistanceOptions {
  /** Coverage of the interval; default 0.95. */
  readonly level?: number | undefined;
  /** Bootstrap resamples; default 2000. */
  readonly resamples?: number | undefined;
  /** Decides the resamples. Default 0. */
  readonly seed?: Seed | number | undefined;
}

/** A debiased distance with a confidence interval. */
export interface DebiasedDistance extends MeasuredDistance {
  readonly interval: readonly [number, number];
}

/** What is known of one side of the comparison: a graphon that is exact, or trials whose average estimates it. */
type Side = StepGraphon | { readonly graphons: readonly StepGraphon[] };

/**
 * The distance over the cells between two graphons that are known from independent trials, less what the trials' noise adds to
 * it, with a bootstrap confidence interval. `‖mean A − mean B‖² − Σ s_A²/T_A − Σ s_B²/T_B` estimates `‖A − B‖²` without bias
 * (docs/mathematics.md §3); all distances are square roots, 0 where that is negative.
 *
 * Both sides' trials are drawn again, with replacement, about averages whose difference is made as short as the debiased
 * distance: as it was measured, the noise would count twice. How the estimates from resamples are spread about that distance gives
 * the interval, the basic one (Davison and Hinkley 1997, section 5.2). Deviations are taken larger by `√(T/(T−1))`, by which
 * resampled ones are too small. With fewer than about ten trials the interval is a guide only.
 *
 * @param reference an exact graphon, such as a limit, has no noise
 * @throws {InvalidArgumentError} if a side has a single trial, whose noise cannot be seen, or the grids differ
 */
export function debiasedDistance(
  trials: Side,
  reference: Side,
  { level = 0.95, resamples = 2000, seed = 0 }: DebiasedDistanceOptions = {},
): DebiasedDistance {
  if (!(level > 0 && level < 1)) {
    throw new InvalidArgumentError(`Expected a level between 0 and 1 but found ${level}`);
  }
  assertCount("the resamples", resamples, 1);
  const sides = [deviationsOf(trials), deviationsOf(reference)] as const;
  const gap = difference(sides[0].mean, sides[1].mean);
  const distanceSquared = dot(gap, gap), noise = sides[0].noise + sides[1].noise;
  const estimate = distanceSquared - noise, resampledTruth = Math.max(0, estimate);
  const shortening = distanceSquared > 0 ? Math.sqrt(resampledTruth / distanceSquared) : 0;
  const products = innerProducts(
    sides[0].deviations,
    sides[1].deviations,
    gap.map((value) => shortening * value),
  );

  const random = new RandomSequence(seed);
  const errors = Float64Array.from(
    { length: resamples },
    () =>
      products.estimate(sides.map(({ deviations }) => redraw(deviations.length, random))) - resampledTruth,
  ).sort();
  const tail = (1 - level) / 2;
  return {
    distance: Math.sqrt(distanceSquared),
    noiseFloor: Math.sqrt(noise),
    debiased: rootOf(estimate),
    interval: [rootOf(estimate - quantile(errors, 1 - tail)), rootOf(estimate - quantile(errors, tail))],
  };
}

interface Deviations {
  readonly mean: Float64Array;
  /** Each trial less the mean, times `√(T/(T−1))`; none for an exact graphon. */
  readonly deviations: readonly Float64Array[];
  /** `Σ s²/T`. */
  readonly noise: number;
}

function deviationsOf(side: Side): Deviations {
  if (!("graphons" in side)) return { mean: side.values, deviations: [], noise: 0 };
  const { graphons } = side, count = graphons.length;
  if (count < 2) {
    throw new InvalidArgumentError(`Expected at least 2 trials to see their noise but found ${count}`);
  }
  const mean = new Float64Array(graphons[0].values.length);
  for (const { values } of graphons) values.forEach((value, cell) => mean[cell] += value / count);
  const scale = Math.sqrt(count / (count - 1));
  const deviations = graphons.map(({ values }) => difference(values, mean).map((value) => scale * value));
  const noise = deviations.reduce((sum, deviation) => sum + dot(deviation, deviation), 0) / count ** 2;
  return { mean, deviations, noise };
}

/**
 * The estimate for resampled trials from inner products alone: the resampled averages are the averages plus the deviations'
 * weighted sums, so that no resample touches a cell.
 */
function innerProducts(
  left: readonly Float64Array[],
  right: readonly Float64Array[],
  gap: Float64Array,
): { estimate(counts: readonly Float64Array[]): number } {
  const all = [...left, ...right], size = all.length;
  const gram = all.map((a) => Float64Array.from(all, (b) => dot(a, b)));
  const withGap = all.map((a) => dot(a, gap)), gapSquared = dot(gap, gap);
  return {
    estimate([ofLeft, ofRight]) {
      // Deviations' weights in the difference of the resampled averages: positive on the left, negative on the right.
      const weights = Float64Array.from(
        { length: size },
        (_, t) => t < left.length ? ofLeft[t] / left.length : -ofRight[t - left.length] / right.length,
      );
      let distanceSquared = gapSquared, noise = 0;
      for (let s = 0; s < size; s++) {
        if (weights[s] === 0) continue;
        distanceSquared += 2 * weights[s] * withGap[s];
        for (let t = 0; t < size; t++) distanceSquared += weights[s] * weights[t] * gram[s][t];
      }
      for (const [first, count] of [[0, left.length], [left.length, right.length]]) {
        // Σ s²/T of the resampled trials: their mean square less the square of their mean, over T − 1.
        let squares = 0, meanSquared = 0;
        for (let s = first; s < first + count; s++) {
          squares += Math.abs(weights[s]) * gram[s][s];
          for (let t = first; t < first + count; t++) meanSquared += weights[s] * weights[t] * gram[s][t];
        }
        if (count > 1) noise += (squares - meanSquared) / (count - 1);
      }
      return distanceSquared - noise;
    },
  };
}

/** How often each of `count` trials is drawn in `count` draws. */
function redraw(count: number, random: RandomSequence): Float64Array {
  const counts = new Float64Array(count);
  for (let draw = 0; draw < count; draw++) counts[random.integer(count)]++;
  return counts;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  if (a.length !== b.length) {
    throw new InvalidArgumentError(
      `Expected graphons of one grid but found ${a.length} and ${b.length} cells`,
    );
  }
  return a.map((value, cell) => value - b[cell]);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

function rootOf(square: number): number {
  return Math.sqrt(Math.max(0, square));
}

/** A quantile of sorted numbers, between neighbours in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1), below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}
