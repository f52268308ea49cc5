/** What a kernel's spectrum says (docs/mathematics.md §4), of eigenvalues `λ_1 ≥ λ_2 ≥ …`. */
export interface SpectralMetrics {
  /** The sum of the diagonal, which is that of all eigenvalues. */
  readonly trace: number;
  /** The ten largest. */
  readonly eigenvalues: number[];
  /** The share of the five largest eigenvalues in the trace. */
  readonly energy5: number;
  /** The share of the ten largest. */
  readonly energy10: number;
  /** `tr Θ / λ_1` */
  readonly effectiveRank: number;
  /** `λ_1 / λ_2`; NaN of a kernel of one sample. */
  readonly spectralGap: number;
  /** Minus the slope of the least-squares line of `ln λ_k` on `ln k`, over eigenvalues above `1e-10 λ_1`; NaN of fewer than two. */
  readonly decayRate: number;
  /** `λ_1 / λ_N`; infinite where the smallest is not above zero. */
  readonly conditionNumber: number;
}

/**
 * The metrics of a kernel's whole spectrum.
 *
 * @param values all eigenvalues, the largest first
 * @param trace the sum of the diagonal; that of the eigenvalues unless given
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { spectralMetrics } from "@graphon-limit/ntk";
 *
 * const { effectiveRank, spectralGap, conditionNumber } = spectralMetrics([4, 2, 1, 1]);
 * assert.deepEqual([effectiveRank, spectralGap, conditionNumber], [2, 2, 4]);
 * ```
 */
export function spectralMetrics(
  values: ArrayLike<number>,
  trace: number = Array.from(values).reduce((sum, value) => sum + value, 0),
): SpectralMetrics {
  const all = Array.from(values), [largest = NaN, second = NaN] = all;
  const share = (count: number) => all.slice(0, count).reduce((sum, value) => sum + value, 0) / trace;
  const smallest = all.at(-1) ?? NaN;
  return {
    trace,
    eigenvalues: all.slice(0, 10),
    energy5: share(5),
    energy10: share(10),
    effectiveRank: trace / largest,
    spectralGap: largest / second,
    decayRate: decayRate(all),
    conditionNumber: smallest > 0 ? largest / smallest : Infinity,
  };
}

function decayRate(values: readonly number[]): number {
  const counted = values.filter((value) => value > 0 && value > 1e-10 * values[0]);
  if (counted.length < 2) return NaN;
  const x = counted.map((_, k) => Math.log(k + 1)), y = counted.map(Math.log);
  const mean = (numbers: number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const meanX = mean(x), meanY = mean(y);
  let covariance = 0, variance = 0;
  for (let k = 0; k < x.length; k++) {
    covariance += (x[k] - meanX) * (y[k] - meanY);
    variance += (x[k] - meanX) ** 2;
  }
  return -covariance / variance;
}

/** The sum of the diagonal of a matrix [size, size], row-major. */
export function traceOf(matrix: ArrayLike<number>, size: number): number {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i];
  return trace;
}
