import { InvalidArgumentError } from "@graphon-limit/runtime";

/** A distance measured at one size. */
export interface RatePoint {
  readonly n: number;
  readonly distance: number;
  /** The distance's standard error; given for all points or for none. */
  readonly standardError?: number;
}

/** `distance ≈ constant · n^(−exponent)`. */
export interface FittedRate {
  readonly exponent: number;
  readonly constant: number;
  /** Of the exponent; undefined for two points without errors, which a line always fits. */
  readonly standardError: number | undefined;
  /** Points the fit rests on: those with a distance above 0. */
  readonly points: number;
}

/**
 * The rate at which a distance falls with size, `n^(−α)`: a weighted least-squares line of `log distance` on `log n`. A point's
 * weight is one over the variance of its logarithm, `(standardError / distance)²` by the delta method, or the same for all. The
 * exponent's standard error comes from the points' errors, enlarged where they scatter about the line by more (Birge's ratio), or
 * from the scatter alone. Distances of 0, as debiased ones may be, have no logarithm and are left out.
 *
 * @throws {InvalidArgumentError} if fewer than two different sizes are left, or some points have errors and others have none
 */
export function fitRate(points: readonly RatePoint[]): FittedRate {
  for (const { n, distance, standardError } of points) {
    if (!(n > 0 && n < Infinity) || !(distance >= 0 && distance < Infinity)) {
      throw new InvalidArgumentError(`Expected sizes and distances to fit but found ${distance} at ${n}`);
    }
    if (standardError !== undefined && !(standardError > 0 && standardError < Infinity)) {
      throw new InvalidArgumentError(`Expected a standard error above 0 but found ${standardError} at ${n}`);
    }
  }
  const used = points.filter(({ distance }) => distance > 0);
  const withErrors = used.filter(({ standardError }) => standardError !== undefined).length;
  if (withErrors !== 0 && withErrors !== used.length) {
    throw new InvalidArgumentError(
      `Expected standard errors for all ${used.length} points or for none but found ${withErrors}`,
    );
  }
  if (new Set(used.map(({ n }) => n)).size < 2) {
    throw new InvalidArgumentError(
      `Expected distances above 0 at two sizes or more to fit a rate but found ${used.length}`,
    );
  }
  const weights = used.map(({ distance, standardError }) =>
    standardError === undefined ? 1 : (distance / standardError) ** 2
  );
  const x = used.map(({ n }) => Math.log(n)), y = used.map(({ distance }) => Math.log(distance));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const average = (values: readonly number[]) =>
    values.reduce((sum, value, i) => sum + weights[i] * value, 0) / total;
  const meanX = average(x), meanY = average(y);
  const spread = total * average(x.map((value) => (value - meanX) ** 2));
  const slope = total * average(x.map((value, i) => (value - meanX) * (y[i] - meanY))) / spread;
  const misfit = total * average(x.map((value, i) => (y[i] - meanY - slope * (value - meanX)) ** 2));
  const freedom = used.length - 2;
  return {
    exponent: -slope,
    constant: Math.exp(meanY - slope * meanX),
    standardError: errorOfSlope(spread, misfit, freedom, withErrors > 0),
    points: used.length,
  };
}

/** The standard error of a slope; `misfit` is the weighted sum of squared residuals, 1 a degree of freedom where the errors are right. */
function errorOfSlope(
  spread: number,
  misfit: number,
  freedom: number,
  errorsKnown: boolean,
): number | undefined {
  if (freedom === 0) return errorsKnown ? Math.sqrt(1 / spread) : undefined;
  const scale = misfit / freedom;
  return Math.sqrt((errorsKnown ? Math.max(1, scale) : scale) / spread);
}
