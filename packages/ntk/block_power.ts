import { maskedMatmul, maskedMatmulTransposed } from "@graphon-limit/ops";
import { RandomSequence, type Seed } from "@graphon-limit/runtime";
import { assertPairs, type LeadingEigenpairs, withResiduals } from "./eigenpairs.ts";
import type { SymmetricOperator } from "./operator.ts";
import { symmetricEigen } from "./symmetric_eigen.ts";

/** How closely {@linkcode blockPowerIteration} looks, and for how long. */
export interface BlockPowerOptions {
  /** Largest residual `‖Θv − λv‖ / λ_1` to be content with; default 1e-5. */
  readonly tolerance?: number | undefined;
  /** Vectors iterated together, at least as many as pairs; default twice as many and two more. */
  readonly blockSize?: number | undefined;
  readonly maxIterations?: number | undefined;
  /** Decides the starting block. */
  readonly seed?: Seed | number | undefined;
}

/** Iterations between two looks at the residuals. */
const ITERATIONS_PER_LOOK = 5;

/**
 * The leading eigenpairs of a positive semidefinite operator by block power (subspace) iteration with a Rayleigh–Ritz step
 * (Saad, *Numerical Methods for Large Eigenvalue Problems*, ch. 5). It needs more products than {@linkcode lanczos} but keeps
 * one block only. Each iteration shrinks the error of pair k by `λ_{b+1} / λ_k`, b being the size of the block.
 *
 * @param count how many of the largest eigenvalues
 * @throws {InvalidArgumentError} if there are not that many
 */
export async function blockPowerIteration(
  operator: SymmetricOperator,
  count: number,
  { tolerance = 1e-5, blockSize = 2 * count + 2, maxIterations = 300, seed = 0 }: BlockPowerOptions = {},
): Promise<LeadingEigenpairs> {
  assertPairs(operator, count);
  const { device, size } = operator;
  const width = Math.min(size, Math.max(blockSize, count));
  const random = new RandomSequence(seed);
  let columns = Float32Array.from({ length: size * width }, () => random.normal());
  for (let iteration = 1;; iteration++) {
    orthonormalise(columns, size, width, random);
    using block = device.upload(columns, size, width);
    using image = await operator.multiply(block);
    using projected = device.matrix(width, width);
    device.run(maskedMatmulTransposed, { weights: block, x: image, out: projected }, {
      scale: 1,
      accumulate: 0,
    });
    const { values, vectors } = symmetricEigen(symmetrised(await device.read(projected), width), width);
    const rotation = new Float32Array(width * width);
    for (let i = 0; i < width; i++) {
      for (let k = 0; k < width; k++) rotation[i * width + k] = vectors[k * width + i];
    }
    using turn = device.upload(rotation, width, width);
    if (iteration % ITERATIONS_PER_LOOK === 0 || iteration >= maxIterations) {
      using ritz = device.matrix(size, width);
      device.run(maskedMatmul, { weights: block, x: turn, out: ritz }, { scale: 1, accumulate: 0 });
      const pairs = await withResiduals(operator, values, ritz, iteration + iteration / ITERATIONS_PER_LOOK);
      const leading = {
        values: pairs.values.slice(0, count),
        vectors: pairs.vectors.slice(0, count * size),
        residuals: pairs.residuals.slice(0, count),
        products: Math.ceil(pairs.products) - 1,
      };
      if (iteration >= maxIterations || leading.residuals.every((residual) => residual <= tolerance)) {
        return leading;
      }
    }
    using turned = device.matrix(size, width);
    device.run(maskedMatmul, { weights: image, x: turn, out: turned }, { scale: 1, accumulate: 0 });
    columns = await device.read(turned) as Float32Array<ArrayBuffer>;
  }
}

/** Gram and Schmidt in place, twice; a column of which nothing is left becomes a random one. */
function orthonormalise(columns: Float32Array, size: number, width: number, random: RandomSequence): void {
  const done: Float64Array[] = [];
  for (let k = 0; k < width; k++) {
    const column = Float64Array.from({ length: size }, (_, i) => columns[i * width + k]);
    for (let pass = 0; pass < 2; pass++) {
      const before = normOf(column);
      for (const other of done) {
        const share = column.reduce((sum, value, i) => sum + value * other[i], 0);
        for (let i = 0; i < size; i++) column[i] -= share * other[i];
      }
      let length = normOf(column);
      if (length <= 1e-6 * before || length === 0) {
        for (let i = 0; i < size; i++) column[i] = random.normal();
        length = normOf(column);
        pass = -1;
      }
      for (let i = 0; i < size; i++) column[i] /= length;
    }
    done.push(column);
    for (let i = 0; i < size; i++) columns[i * width + k] = column[i];
  }
}

function normOf(column: Float64Array): number {
  return Math.sqrt(column.reduce((sum, value) => sum + value * value, 0));
}

/** The mean of a matrix and its transpose: rounding leaves them apart. */
function symmetrised(matrix: Float32Array, size: number): Float64Array {
  return Float64Array.from(
    { length: size * size },
    (_, at) => (matrix[at] + matrix[(at % size) * size + Math.floor(at / size)]) / 2,
  );
}
