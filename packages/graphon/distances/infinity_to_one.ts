import { EigenvalueDecomposition, Matrix as HostMatrix } from "ml-matrix";

/** Steps of the weights; the bound after each holds, the least is kept. */
const STEPS = 24;

/** Rows or columns beyond which only a few steps are made: each takes all eigenvalues. */
const MANY = 160;

/**
 * An upper bound of `‖A‖_{∞→1} = max xᵀAy` over signs `x`, `y`: for any positive weights `a`, `b` it is at most
 * `σ_max(diag(a)^(−½) A diag(b)^(−½)) √(Σa Σb)`. Uniform weights give `‖A‖_2 √(rows·cols)`. The weights go downhill: the
 * logarithm of the bound falls fastest where the leading singular vectors are larger than the weights. Their optimum is the
 * semidefinite relaxation, within Grothendieck's constant of the norm.
 *
 * @param values row-major [rows, cols]
 */
export function infinityToOneBound(values: Float64Array, rows: number, cols: number): number {
  if (values.every((value) => value === 0)) return 0;
  const a = new Float64Array(rows).fill(1 / rows), b = new Float64Array(cols).fill(1 / cols);
  const steps = Math.max(rows, cols) > MANY ? 2 : STEPS;
  let best = Infinity;
  for (let step = 0; step < steps; step++) {
    const scaled = values.map((value, at) => value / Math.sqrt(a[Math.floor(at / cols)] * b[at % cols]));
    const { value, left, right } = leading(scaled, rows, cols);
    best = Math.min(best, value);
    const rate = 0.5 / Math.sqrt(1 + step);
    moveTowards(a, left, rate);
    moveTowards(b, right, rate);
  }
  return best;
}

/** The largest singular value of a matrix [rows, cols]. */
export function spectralNorm(values: Float64Array, rows: number, cols: number): number {
  return leading(values, rows, cols).value;
}

/** Weights with sum 1, each taken part of the way, in logarithms, to the squared component of a unit vector. */
function moveTowards(weights: Float64Array, vector: Float64Array, rate: number): void {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    // A floor keeps weights from vanishing where the vector does.
    const target = Math.max(vector[i] ** 2, 0.01 / weights.length);
    weights[i] = weights[i] ** (1 - rate) * target ** rate;
    sum += weights[i];
  }
  for (let i = 0; i < weights.length; i++) weights[i] /= sum;
}

/** The largest singular value and its vectors, from all eigenvalues of the smaller Gram matrix: an iteration might stop below it. */
function leading(values: Float64Array, rows: number, cols: number) {
  const lines = Array.from({ length: rows }, (_, i) => values.subarray(i * cols, (i + 1) * cols));
  const matrix = new HostMatrix(rows <= cols ? lines.map((line) => [...line]) : transposed(lines, cols));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    matrix.mmul(matrix.transpose()),
    { assumeSymmetric: true },
  );
  const top = realEigenvalues.indexOf(realEigenvalues.reduce((most, value) => Math.max(most, value)));
  // Rounding in the Gram matrix is relative to its largest eigenvalue; the bound must not suffer from it.
  const value = Math.sqrt(realEigenvalues[top]) * (1 + 1e-10);
  const short = Float64Array.from(eigenvectorMatrix.getColumn(top));
  const long = Float64Array.from(
    matrix.transpose().mmul(HostMatrix.columnVector([...short])).getColumn(0),
    (component) => component / value,
  );
  return rows <= cols ? { value, left: short, right: long } : { value, left: long, right: short };
}

function transposed(lines: readonly Float64Array[], cols: number): number[][] {
  return Array.from({ length: cols }, (_, j) => lines.map((line) => line[j]));
}
