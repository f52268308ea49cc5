import { InvalidArgumentError } from "@graphon-limit/runtime";

/**
 * The number that Student's distribution lies within, on both sides of 0, with a probability: 2.776 for 0.95 and 4 degrees of
 * freedom.
 *
 * @param probability above 0, below 1
 * @param freedom degrees of freedom, above 0; need not be whole
 * @throws {InvalidArgumentError} if either is outside its range
 */
export function studentQuantile(probability: number, freedom: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new InvalidArgumentError(`Expected a probability between 0 and 1 but found ${probability}`);
  }
  if (!(freedom > 0)) {
    throw new InvalidArgumentError(`Expected degrees of freedom above 0 but found ${freedom}`);
  }
  // P(|t| > q) = I_x(ν/2, 1/2) at x = ν/(ν + q²), which rises with x.
  let low = 0, high = 1;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (incompleteBeta(middle, freedom / 2, 0.5) < 1 - probability) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom * (1 / high - 1));
}

/** The regularised incomplete beta function `I_x(a, b)`, by its continued fraction (Press et al. 2007, section 6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction is quick on one side of the mode; on the other I_x(a, b) = 1 − I_(1−x)(b, a).
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  ) / a;
  const tiny = 1e-300, guard = (value: number) => Math.abs(value) < tiny ? tiny : value;
  let c = 1, d = 1 / guard(1 - (a + b) * x / (a + 1)), fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    let change = 1;
    for (
      const term of [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ]
    ) {
      d = 1 / guard(1 + term * d);
      c = guard(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return front * fraction;
}

/** Coefficients of Lanczos' series for the logarithm of Γ, g = 7. */
const LANCZOS = [
  0.99999999999980993,
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** `ln Γ(x)` for `x` of at least 1/2, and below that by reflection. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const series = LANCZOS.reduce((sum, coefficient, k) =>
    k === 0 ? coefficient : sum + coefficient / (x - 1 + k)
  );
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}
