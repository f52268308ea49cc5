/**
 * The error function in float64: `erf z = 2/√π e^(−z²) Σ_n 2ⁿ z^(2n+1)/(2n+1)!!` (Abramowitz and Stegun 7.1.6), a series of
 * terms of one sign, so that nothing cancels.
 */
export function erf(z: number): number {
  if (Math.abs(z) > 6) return Math.sign(z);
  let term = z, sum = z;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= 2 * z * z / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-z * z) * sum;
}
