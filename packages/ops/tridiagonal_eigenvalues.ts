/** What is this much less than the largest numbers of a matrix counts as zero: float64's rounding. */
const ROUNDING = 2 ** -52;

/** A number whose reciprocal is far from what float64 holds at most. */
const TINY = 1e-290;

/** What is turned along with a matrix's rows. */
export interface Turned {
  /** From row `last` up, row i and the one after it, by the cosine and the sine of each pair. */
  turn(last: number, rotations: Float64Array): void;
}

/** The largest `|diagonal| + |below|`. */
function largest(diagonal: Float64Array, below: Float64Array): number {
  return diagonal.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(below[i])), 0);
}

/**
 * The eigenvalues of a symmetric tridiagonal matrix, in no order, by the QL method with implicit shifts without square roots
 * (Pal, Walker and Kahan; EISPACK's `tqlrat`, LAPACK's `sterf`), in some 15 n² operations. It overwrites `diagonal` with them.
 *
 * @param below number m is that of row m and column m − 1
 */
export function tridiagonalEigenvalues(diagonal: Float64Array, below: Float64Array): void {
  const size = diagonal.length, squares = new Float64Array(size);
  const zero = (ROUNDING * largest(diagonal, below)) ** 2;
  for (let i = 0; i + 1 < size; i++) squares[i] = below[i + 1] ** 2;
  for (let l = 0; l < size;) {
    let last = l;
    while (last + 1 < size && squares[last] > zero) last++;
    squares[last] = 0;
    if (last === l) {
      l++;
      continue;
    }
    const shift = shiftOf(diagonal[l], diagonal[l + 1], Math.sqrt(squares[l]));
    let c = 1, s = 0, gamma = diagonal[last] - shift, p = gamma * gamma;
    for (let i = last - 1; i >= l; i--) {
      // With both divisions begun before anything waits for them: a step takes as long as its longest chain, not as its operations.
      const square = squares[i], r = p + square, overR = 1 / r, overP = 1 / p, before = c, rest = gamma;
      const up = p * (diagonal[i] - shift) - square * rest;
      squares[i + 1] = s * r;
      gamma = up * overR;
      diagonal[i + 1] = rest + (diagonal[i] - gamma);
      c = p * overR;
      s = square * overR;
      // γ²/c, which is 0/0 where p is, and beyond what a number holds where it nearly is.
      if (p > TINY) p = up * up * overP * overR;
      else p = c === 0 ? before * square : gamma * gamma / c;
    }
    squares[last] = 0;
    squares[l] = s * p;
    diagonal[l] = shift + gamma;
  }
}

/** Wilkinson's shift: the eigenvalue of the first two rows that is nearer to the first's diagonal. */
function shiftOf(first: number, second: number, beside: number): number {
  const half = (second - first) / (2 * beside), root = Math.sqrt(half * half + 1);
  return first - beside / (half + (half < 0 ? -root : root));
}

/**
 * The same with square roots, which gives the rotations too (Bowdler, Martin, Reinsch and Wilkinson 1968): eigenvectors are
 * the rows of whatever made the matrix tridiagonal, turned by all of them. It overwrites both arguments.
 */
export function* tridiagonalRotations(
  diagonal: Float64Array,
  below: Float64Array,
  turned: Turned,
): Generator<number> {
  const size = diagonal.length, beside = new Float64Array(size), zero = ROUNDING * largest(diagonal, below);
  beside.set(below.subarray(1));
  const turns = new Float64Array(2 * size);
  for (let l = 0; l < size;) {
    let last = l;
    while (last + 1 < size && Math.abs(beside[last]) > zero) last++;
    if (last === l) {
      yield ++l / size;
      continue;
    }
    let g = diagonal[last] - shiftOf(diagonal[l], diagonal[l + 1], beside[l]);
    let s = 1, c = 1, p = 0, count = 0, i = last - 1;
    for (; i >= l; i--) {
      const f = s * beside[i], b = c * beside[i], r = Math.sqrt(f * f + g * g);
      beside[i + 1] = r;
      if (r === 0) break;
      s = f / r;
      c = g / r;
      g = diagonal[i + 1] - p;
      const t = (diagonal[i] - g) * s + 2 * c * b;
      p = s * t;
      diagonal[i + 1] = g + p;
      g = c * t - b;
      turns[count++] = c;
      turns[count++] = s;
    }
    if (i >= l) {
      // The matrix falls apart here by itself.
      diagonal[i + 1] -= p;
    } else {
      diagonal[l] -= p;
      beside[l] = g;
    }
    beside[last] = 0;
    turned.turn(last, turns.subarray(0, count));
  }
}
