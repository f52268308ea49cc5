import { fitRate } from "@graphon-limit/graphon";

/** How a distance falls with width, `n^(−α)`. */
export interface WidthRate {
  readonly exponent: number;
  /** Of the fit; undefined where distances have no errors of their own. */
  readonly standardError: number | undefined;
  /** Widths that the line went through. */
  readonly widths: number;
}

/** A debiased distance at a width, and the floor of its noise. */
export interface DistanceAtWidth {
  readonly width: number;
  readonly debiased: number;
  readonly noiseFloor: number;
}

/** Widths that a rate is fitted to. */
const LEAST_WIDTHS = 3;

/**
 * The rate at which debiased distances fall, those that are lost in the noise left out; undefined where fewer than three are left.
 *
 * @param cells of the histograms
 */
export function widthRate(distances: readonly DistanceAtWidth[], cells: number): WidthRate | undefined {
  const points = distances.map((distance) => ratePoint(distance, cells)).filter(({ distance }) =>
    distance > 0
  );
  if (points.length < LEAST_WIDTHS) return undefined;
  const known = points.every(({ standardError }) => standardError > 0);
  const { exponent, standardError, points: widths } = fitRate(
    known ? points : points.map(({ n, distance }) => ({ n, distance })),
  );
  return { exponent, standardError, widths };
}

/**
 * A debiased distance δ with its standard error: noise of floor f spread evenly over N independent cells gives δ² the
 * variance `(2f⁴ + 4δ²f²)/N`. A distance lost in the noise then says as little about the rate as it knows.
 */
function ratePoint({ width, debiased: distance, noiseFloor }: DistanceAtWidth, cells: number) {
  const variance = (2 * noiseFloor ** 4 + 4 * distance ** 2 * noiseFloor ** 2) / cells;
  return { n: width, distance, standardError: distance > 0 ? Math.sqrt(variance) / (2 * distance) : 0 };
}
