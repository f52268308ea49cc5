import { EigenvalueDecomposition, Matrix as HostMatrix } from "ml-matrix";
import { addScaled, maskedMatmul, maskedMatmulTransposed } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";

/** Directions in which columns, each of length 1, have less than the square root of this left are rounding. */
const LEAST = 1e-6;

/** What a column's sum of squares has at least that float32 tells from none, and its reciprocal root from what is infinite. */
const LEAST_SQUARE = 1e-70;

/** `out = left · right`, or added to `out`. */
export function multiply(left: Matrix, right: Matrix, out: Matrix, scale = 1, accumulate = 0): void {
  out.device.run(maskedMatmul, { weights: left, x: right, out }, { scale, accumulate });
}

/** `scale · leftᵀ right`. */
export function inner(left: Matrix, right: Matrix, scale: number): Matrix {
  const { device } = left, out = device.matrix(left.cols, right.cols);
  device.run(maskedMatmulTransposed, { weights: left, x: right, out }, { scale, accumulate: 0 });
  return out;
}

/** A copy. */
export function copy(x: Matrix): Matrix {
  const y = x.device.matrix(x.rows, x.cols);
  x.device.clear(y);
  x.device.run(addScaled, { x, y }, { scale: 1 });
  return y;
}

/**
 * Directions over the neurons of a layer that a matrix's products are known along, as blocks of columns: with the inner product
 * `⟨x, y⟩ = weight · Σ_j x_j y_j`, a row standing for `weight` neurons, `Σ_j weight U_j U_jᵀ` projects onto what the blocks' own
 * directions span, and different blocks are orthogonal.
 */
export class Frame implements Disposable {
  readonly blocks: Matrix[] = [];

  constructor(readonly weight: number) {}

  /** Takes out of `x` what the blocks say already, in place. */
  project(x: Matrix): void {
    for (const block of this.blocks) {
      using along = inner(block, x, this.weight);
      multiply(block, along, x, -1, 1);
    }
  }

  /**
   * Adds the directions of `x` that are not among the blocks' own, as one more block `U = (x − its projection) · root`.
   *
   * @returns the block, and the root, [columns of x, columns of U]
   */
  async extend(x: Matrix): Promise<{ block: Matrix; root: Matrix }> {
    const { device } = x, { weight } = this;
    using rest = copy(x);
    // A second time for what rounding left.
    this.project(rest);
    this.project(rest);
    const [whole, left] = await Promise.all([device.read(x), device.read(rest)]);
    const lengths = columnSquares(whole, x.cols).map((square) => weight * square);
    const products = crossProducts(left, x.cols, weight);
    const root = device.upload(Float32Array.from(inverseRoot(products, lengths)), x.cols, x.cols);
    const block = device.matrix(x.rows, x.cols);
    multiply(rest, root, block);
    this.blocks.push(block);
    return { block, root };
  }

  [Symbol.dispose](): void {
    for (const block of this.blocks) block.dispose();
  }
}

function columnSquares(values: Float32Array, cols: number): Float64Array {
  const squares = new Float64Array(cols);
  values.forEach((value, at) => squares[at % cols] += value * value);
  return squares;
}

/** `scale · xᵀ x` of [rows, cols] values, row-major and in float64. */
export function crossProducts(x: Float32Array, cols: number, scale: number): Float64Array {
  const result = new Float64Array(cols * cols), row = new Float64Array(cols);
  for (let start = 0; start < x.length; start += cols) {
    for (let b = 0; b < cols; b++) row[b] = x[start + b];
    for (let a = 0; a < cols; a++) {
      const value = scale * row[a];
      if (value === 0) continue;
      for (let b = 0, at = a * cols; b <= a; b++, at++) result[at] += value * row[b];
    }
  }
  for (let a = 0; a < cols; a++) {
    for (let b = 0; b < a; b++) result[b * cols + a] = result[a * cols + b];
  }
  return result;
}

/**
 * `D V Λ^(−1/2) Vᵀ`, row-major, D scaling columns to length 1 and V Λ Vᵀ the products of what is left of them, directions of next
 * to nothing left out. Symmetric but for D, so that the signs and rotations that eigenvectors come with do not matter.
 */
function inverseRoot(products: Float64Array, lengths: Float64Array): Float64Array {
  const count = lengths.length;
  const scale = lengths.map((square) => square > LEAST_SQUARE ? square ** -0.5 : 0);
  const scaled = HostMatrix.zeros(count, count);
  for (let a = 0; a < count; a++) {
    for (let b = 0; b < count; b++) scaled.set(a, b, products[a * count + b] * scale[a] * scale[b]);
  }
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(scaled, {
    assumeSymmetric: true,
  });
  const roots = realEigenvalues.map((value) => value > LEAST ? value ** -0.5 : 0);
  const root = eigenvectorMatrix.clone().mulRowVector(roots).mmul(eigenvectorMatrix.transpose());
  return Float64Array.from(
    { length: count * count },
    (_, at) => scale[Math.floor(at / count)] * root.get(Math.floor(at / count), at % count),
  );
}
