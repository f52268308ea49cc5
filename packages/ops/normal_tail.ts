import { erf } from "./erf.ts";

/** Beyond so many deviations nothing is left of the normal law. */
const REACH = 12;

/** Steps of the tables below in one deviation. */
const STEPS = 256;

/** `2ϕ(q)`, the density of |Z| for a standard normal Z. */
export function normalDensity(q: number): number {
  return Math.sqrt(2 / Math.PI) * Math.exp(-q * q / 2);
}

/** `P(|ω| > q)` of the standard normal law, q ≥ 0: the error function costs too much to be had for every weight. */
export const normalTail = interpolated((q) => 1 - erf(q / Math.SQRT2), (q) => -normalDensity(q));

/** `E[ω² 1{|ω| > q}]` of the same. */
export const normalSecond = interpolated(
  (q) => 1 - erf(q / Math.SQRT2) + q * normalDensity(q),
  (q) => -q * q * normalDensity(q),
);

/** Cubic Hermite interpolation of f on [0, 12], given its derivative, to about 1e-12; 0 beyond. */
function interpolated(f: (q: number) => number, slope: (q: number) => number): (q: number) => number {
  const count = REACH * STEPS + 1;
  const values = Float64Array.from({ length: count }, (_, i) => f(i / STEPS));
  const slopes = Float64Array.from({ length: count }, (_, i) => slope(i / STEPS) / STEPS);
  return (q) => {
    if (!(q < REACH)) return 0;
    const i = Math.floor(q * STEPS), t = q * STEPS - i, u = 1 - t;
    const value = u * u * ((1 + 2 * t) * values[i] + t * slopes[i]) +
      t * t * ((1 + 2 * u) * values[i + 1] - u * slopes[i + 1]);
    return Math.max(value, 0);
  };
}
