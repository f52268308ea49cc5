import { symmetricEigen } from "../symmetric_eigen.ts";
import type { Watch } from "../watch.ts";

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
export async function infinityToOneBound(
  values: Float64Array,
  rows: number,
  cols: number,
  watch: Watch,
): Promise<number> {
  if (values.every((value) => value === 0)) return 0;
  const a = new Float64Array(rows).fill(1 / rows), b = new Float64Array(cols).fill(1 / cols);
  const steps = Math.max(rows, cols) > MANY ? 2 : STEPS;
  let best = Infinity;
  for (let step = 0; step < steps; step++) {
    const scaled = values.map((value, at) => value / Math.sqrt(a[Math.floor(at / cols)] * b[at % cols]));
    const { value, left, right } = await leading(scaled, rows, cols, watch.nth(step, steps));
    best = Math.min(best, value);
    const rate = 0.5 / Math.sqrt(1 + step);
    moveTowards(a, left, rate);
    moveTowards(b, right, rate);
  }
  return best;
}

/** The largest singular value of a matrix [rows, cols]. */
export async function spectralNorm(
  values: Float64Array,
  rows: number,
  cols: number,
  watch: Watch,
): Promise<number> {
  return (await leading(values, rows, cols, watch)).value;
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
async function leading(values: Float64Array, rows: number, cols: number, watch: Watch) {
  const upright = rows <= cols, size = Math.min(rows, cols), length = Math.max(rows, cols);
  const matrix = upright ? values : transposed(values, rows, cols);
  const gram = await gramMatrix(matrix, size, length, watch.part(0, 0.2));
  const { values: eigenvalues, vectors } = await symmetricEigen(gram, size, watch.part(0.2, 1));
  const top = eigenvalues.indexOf(eigenvalues.reduce((most, value) => Math.max(most, value)));
  // Rounding in the Gram matrix is relative to its largest eigenvalue; the bound must not suffer from it.
  const value = Math.sqrt(eigenvalues[top]) * (1 + 1e-10);
  const short = vectors.slice(top * size, (top + 1) * size), long = new Float64Array(length);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < length; j++) long[j] += matrix[i * length + j] * short[i];
  }
  for (let j = 0; j < length; j++) long[j] /= value;
  return upright ? { value, left: short, right: long } : { value, left: long, right: short };
}

/** The inner products of a matrix's rows [size, length] with each other. */
async function gramMatrix(
  matrix: Float64Array,
  size: number,
  length: number,
  watch: Watch,
): Promise<Float64Array> {
  const gram = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = a; b < size; b++) {
      let sum = 0;
      for (let k = 0; k < length; k++) sum += matrix[a * length + k] * matrix[b * length + k];
      gram[a * size + b] = sum;
      gram[b * size + a] = sum;
    }
    await watch.at((a + 1) / size);
  }
  return gram;
}

function transposed(values: Float64Array, rows: number, cols: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) result[j * rows + i] = values[i * cols + j];
  }
  return result;
}
