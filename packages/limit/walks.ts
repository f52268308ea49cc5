import { keepMoment, type WeightLaw } from "@graphon-limit/ops";

/** `E|ω|` of a weight of mean 0 and variance 1. */
export function meanSize(law: WeightLaw): number {
  return law === "normal" ? Math.sqrt(2 / Math.PI) : Math.sqrt(3) / 2;
}

/** The deviation of `|ω|` over its mean. */
export function sizeSpread(law: WeightLaw): number {
  return Math.sqrt(1 / meanSize(law) ** 2 - 1);
}

/**
 * Of a weight that walks cross `rate · |ω|` times in the mean, each for itself, the chance that one does, `1 − E e^(−rate |ω|)`, and
 * `E[ω² · crossed]`.
 */
export function crossed(rate: number, law: WeightLaw): { kept: number; second: number } {
  if (rate === Infinity) return { kept: 1, second: 1 };
  const { value, curvature } = law === "normal" ? normalLaplace(rate) : uniformLaplace(rate);
  return { kept: 1 - value, second: 1 - curvature };
}

/** From here on the tail's continued fraction is the more exact. */
const FRACTION_FROM = 4, FRACTION_TERMS = 30;

/** `E e^(−a|ω|) = 2 e^(a²/2) Φ̄(a)` of the normal law, and its second derivative. */
function normalLaplace(a: number): { value: number; curvature: number } {
  const mean = meanSize("normal");
  let value: number;
  if (a < FRACTION_FROM) value = Math.exp(a * a / 2) * keepMoment(1, a, { law: "normal" });
  else {
    let tail = a;
    for (let term = FRACTION_TERMS; term > 0; term--) tail = a + term / tail;
    value = mean / tail;
  }
  // f' = a f − E|ω|; far out both terms are nearly the same, and the first of the series is left.
  return { value, curvature: a > 1e4 ? 2 * mean / a ** 3 : (1 + a * a) * value - a * mean };
}

/** The same of the uniform law on ±√3. */
function uniformLaplace(a: number): { value: number; curvature: number } {
  const u = Math.sqrt(3) * a, gone = Math.exp(-u);
  if (u < 1e-2) return { value: 1 - u / 2 + u * u / 6, curvature: 1 - 3 * u / 4 + 3 * u * u / 10 };
  return { value: (1 - gone) / u, curvature: 3 * (2 - gone * (u * u + 2 * u + 2)) / u ** 3 };
}
