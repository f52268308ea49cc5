/** Iterations after which the minimiser has settled well below the noise of any histogram. */
export const ITERATIONS = 150;

/**
 * Total-variation denoising of an image: the minimiser over `x` of `½ ‖x − y‖² + λ Σ √(|∂_row x|² + |∂_column x|²)` (Rudin,
 * Osher and Fatemi 1992) by the fast gradient projection on its dual (Beck and Teboulle 2009).
 *
 * @param y values [rows, cols]
 * @param weight λ, in the units of `y`
 */
export function denoiseTotalVariation(
  y: Float64Array,
  rows: number,
  cols: number,
  weight: number,
  iterations = ITERATIONS,
): Float64Array {
  const work = denoising(y, rows, cols, weight, iterations);
  while (true) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** The same with a pause after each iteration, which gives the share of the work that is done. */
export function* denoising(
  y: Float64Array,
  rows: number,
  cols: number,
  weight: number,
  iterations = ITERATIONS,
): Generator<number, Float64Array> {
  const x = y.slice();
  if (weight === 0) return x;
  // The dual field (p, q), one vector a pixel, of length at most 1; `ahead` is where its momentum has carried it.
  let p = new Float64Array(y.length), q = new Float64Array(y.length);
  let newP = new Float64Array(y.length), newQ = new Float64Array(y.length);
  const aheadP = new Float64Array(y.length), aheadQ = new Float64Array(y.length);
  const step = 1 / (8 * weight);
  let momentum = 1;
  for (let iteration = 0; iteration < iterations; iteration++) {
    addDivergence(x, y, rows, cols, weight, aheadP, aheadQ);
    const next = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2, carry = (momentum - 1) / next;
    momentum = next;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) {
        const at = i * cols + j;
        const down = i + 1 < rows ? aheadP[at] + step * (x[at + cols] - x[at]) : 0;
        const right = j + 1 < cols ? aheadQ[at] + step * (x[at + 1] - x[at]) : 0;
        const length = Math.max(1, Math.hypot(down, right));
        newP[at] = down / length;
        newQ[at] = right / length;
        aheadP[at] = newP[at] + carry * (newP[at] - p[at]);
        aheadQ[at] = newQ[at] + carry * (newQ[at] - q[at]);
      }
    }
    [p, newP, q, newQ] = [newP, p, newQ, q];
    yield (iteration + 1) / iterations;
  }
  addDivergence(x, y, rows, cols, weight, p, q);
  return x;
}

/** `x = y + λ div (p, q)`, the primal point of a dual field: the divergence is minus the transpose of the differences. */
function addDivergence(
  x: Float64Array,
  y: Float64Array,
  rows: number,
  cols: number,
  weight: number,
  p: Float64Array,
  q: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const at = i * cols + j;
      let divergence = p[at] + q[at];
      if (i > 0) divergence -= p[at - cols];
      if (j > 0) divergence -= q[at - 1];
      x[at] = y[at] + weight * divergence;
    }
  }
}
