import { addScaled, maskedMatmul, maskedMatmulTransposed } from "@graphon-limit/ops";
import { type Device, type Matrix, RandomSequence, type Seed } from "@graphon-limit/runtime";
import { assertPairs, type LeadingEigenpairs, withResiduals } from "./eigenpairs.ts";
import type { SymmetricOperator } from "./operator.ts";
import { symmetricEigen } from "./symmetric_eigen.ts";

/** How closely {@linkcode lanczos} looks, and for how long. */
export interface LanczosOptions {
  /** Largest residual `‖Θv − λv‖ / λ_1` to be content with; default 1e-6, about what float32 reaches. */
  readonly tolerance?: number | undefined;
  /** Most basis vectors, which are all kept; default `8 · count + 200`, and never more than the matrix's size. */
  readonly maxBasis?: number | undefined;
  /** Decides the starting vectors. */
  readonly seed?: Seed | number | undefined;
}

/** Basis vectors between two looks at the Ritz values. */
const STEPS_PER_LOOK = 8;

/**
 * The leading eigenpairs of a symmetric operator by the Lanczos method with full reorthogonalisation (Parlett, *The Symmetric
 * Eigenvalue Problem*, ch. 13): twice is enough, in float32 on the device; the projected matrix is solved on the host.
 *
 * A Krylov space sees one vector of each eigenspace. So when the wanted pairs have converged, or the space is exhausted, it goes
 * on from a fresh vector orthogonal to all before, and ends when a second pass as long as the first changes nothing: repeated
 * eigenvalues come out as often as they occur.
 *
 * @param count how many of the largest eigenvalues
 * @throws {InvalidArgumentError} if there are not that many
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { lanczos, matrixOperator } from "@graphon-limit/ntk";
 * import { openDevice } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using matrix = device.upload(Float32Array.of(3, 0, 0, 0, 1, 0, 0, 0, 2), 3, 3);
 * const { values } = await lanczos(matrixOperator(matrix), 2);
 * assert.ok(Math.abs(values[0] - 3) < 1e-5 && Math.abs(values[1] - 2) < 1e-5);
 * ```
 */
export async function lanczos(
  operator: SymmetricOperator,
  count: number,
  { tolerance = 1e-6, maxBasis = 8 * count + 200, seed = 0 }: LanczosOptions = {},
): Promise<LeadingEigenpairs> {
  assertPairs(operator, count);
  const { device, size } = operator;
  const capacity = Math.min(size, Math.max(maxBasis, count));
  const random = new RandomSequence(seed);
  using basis = device.matrix(capacity, size);
  device.clear(basis);
  // What Θ is in the basis: not tridiagonal where a fresh vector came in.
  const projected = new Float64Array(capacity * capacity);

  let confirmed: Float64Array | undefined, passStart = 0, firstPass = 0, products = 0;
  let vector = await freshVector(device, basis, random);
  for (let last = 0;; last++) {
    device.write(basis, vector, last);
    const { coefficients, remainder } = await project(operator, basis, vector);
    products++;
    for (let i = 0; i <= last; i++) {
      projected[i * capacity + last] = projected[last * capacity + i] = coefficients[i];
    }
    const length = norm(remainder), used = last + 1;
    const largest = coefficients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const exhausted = length <= 1e-6 * largest;
    let restart = exhausted;
    if (used === capacity || (used >= count && (exhausted || (used - passStart) % STEPS_PER_LOOK === 0))) {
      const { values, vectors } = symmetricEigen(leadingBlock(projected, capacity, used), used);
      const threshold = tolerance * Math.abs(values[0]);
      const settled = exhausted || firstNumbers(count).every((k) => {
        return length * Math.abs(vectors[k * used + last]) <= threshold;
      });
      const passed = settled && used - passStart >= firstPass;
      const unchanged = confirmed?.every((value, k) => Math.abs(value - values[k]) <= threshold) ?? false;
      if (used === capacity || (passed && unchanged)) {
        const ritz = new Float32Array(capacity * count);
        for (let i = 0; i < used; i++) {
          for (let k = 0; k < count; k++) ritz[i * count + k] = vectors[k * used + i];
        }
        using combination = device.upload(ritz, capacity, count);
        using columns = device.matrix(size, count);
        device.run(maskedMatmulTransposed, { weights: basis, x: combination, out: columns }, {
          scale: 1,
          accumulate: 0,
        });
        return await withResiduals(operator, values.slice(0, count), columns, products);
      }
      if (passed) {
        confirmed = values.slice(0, count);
        firstPass ||= used;
        passStart = used;
        restart = true;
      }
    }
    vector = restart ? await freshVector(device, basis, random) : remainder.map((value) => value / length);
  }
}

/** `Θ q` in the basis, and what of it is orthogonal to the basis. */
async function project(
  operator: SymmetricOperator,
  basis: Matrix,
  vector: Float32Array,
): Promise<{ coefficients: Float32Array; remainder: Float32Array }> {
  const { device, size } = operator;
  using q = device.upload(vector, size, 1);
  using image = await operator.multiply(q);
  using coefficients = device.matrix(basis.rows, 1);
  using correction = device.matrix(basis.rows, 1);
  subtractProjection(device, basis, image, coefficients);
  subtractProjection(device, basis, image, correction);
  device.run(addScaled, { x: correction, y: coefficients }, { scale: 1 });
  const [products, remainder] = await Promise.all([device.read(coefficients), device.read(image)]);
  return { coefficients: products, remainder };
}

/** `x −= Qᵀ (Q x)`, Q the rows of the basis; `Q x` is left in `coefficients`. */
function subtractProjection(device: Device, basis: Matrix, x: Matrix, coefficients: Matrix): void {
  device.run(maskedMatmul, { weights: basis, x, out: coefficients }, { scale: 1, accumulate: 0 });
  device.run(maskedMatmulTransposed, { weights: basis, x: coefficients, out: x }, {
    scale: -1,
    accumulate: 1,
  });
}

/** A random unit vector orthogonal to the basis. */
async function freshVector(device: Device, basis: Matrix, random: RandomSequence): Promise<Float32Array> {
  let vector = Float32Array.from({ length: basis.cols }, () => random.normal());
  // The less of it is left, the more of what is left is rounding: normalised in between, two passes are enough.
  for (let pass = 0; pass < 3; pass++) {
    using x = device.upload(vector, basis.cols, 1);
    using coefficients = device.matrix(basis.rows, 1);
    subtractProjection(device, basis, x, coefficients);
    const rest = await device.read(x), length = norm(rest);
    vector = rest.map((value) => value / length);
  }
  return vector;
}

function norm(vector: Float32Array): number {
  let square = 0;
  for (const value of vector) square += value * value;
  return Math.sqrt(square);
}

function leadingBlock(matrix: Float64Array, stride: number, size: number): Float64Array {
  const block = new Float64Array(size * size);
  for (let i = 0; i < size; i++) block.set(matrix.subarray(i * stride, i * stride + size), i * size);
  return block;
}

function firstNumbers(count: number): number[] {
  return Array.from({ length: count }, (_, k) => k);
}
