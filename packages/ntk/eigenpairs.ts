import { assertCount, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { EigenvalueDecomposition, Matrix as HostMatrix } from "ml-matrix";
import type { SymmetricOperator } from "./operator.ts";

/** Eigenvalues and eigenvectors of a symmetric matrix. */
export interface EigenSystem {
  /** From the largest to the smallest. */
  readonly values: Float64Array;
  /** Orthonormal, one after another: component `i` of vector `k` is `vectors[k · size + i]`. */
  readonly vectors: Float64Array;
}

/** Leading eigenpairs, and how far they are from being exact. */
export interface LeadingEigenpairs extends EigenSystem {
  /** `‖Θv − λv‖ / λ_1` of each pair. */
  readonly residuals: Float64Array;
  /** Products with the operator that it took. */
  readonly products: number;
}

/**
 * All eigenpairs of a symmetric matrix on the host, by `ml-matrix`.
 *
 * @param matrix row-major [size, size]
 * @throws {InvalidArgumentError} if it is of another size or not finite
 */
export function symmetricEigen(matrix: ArrayLike<number>, size: number): EigenSystem {
  if (matrix.length !== size * size) {
    throw new InvalidArgumentError(`Expected ${size}×${size} numbers but found ${matrix.length}`);
  }
  const rows: Float64Array[] = [];
  for (let i = 0; i < size; i++) {
    const row = new Float64Array(size);
    for (let j = 0; j < size; j++) {
      row[j] = matrix[i * size + j];
      if (!Number.isFinite(row[j])) {
        throw new InvalidArgumentError(
          `Expected a finite matrix but found ${row[j]} in row ${i}, column ${j}`,
        );
      }
    }
    rows.push(row);
  }
  if (size === 0) return { values: new Float64Array(0), vectors: new Float64Array(0) };
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new HostMatrix(rows), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, k) => k).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const vectors = new Float64Array(size * size);
  order.forEach((from, k) => {
    for (let i = 0; i < size; i++) vectors[k * size + i] = eigenvectorMatrix.get(i, from);
  });
  return { values: Float64Array.from(order, (k) => realEigenvalues[k]), vectors };
}

/** Checks how many eigenpairs of an operator are asked for. */
export function assertPairs({ size }: SymmetricOperator, count: number): void {
  assertCount("the number of eigenpairs", count, 1);
  if (count > size) {
    throw new InvalidArgumentError(
      `Expected at most ${size} eigenpairs, the matrix's size, but found ${count}`,
    );
  }
}

/**
 * Pairs approximate eigenvalues and vectors, columns of `vectors` [size, count], with their residuals.
 *
 * @param products products with the operator so far
 */
export async function withResiduals(
  operator: SymmetricOperator,
  values: Float64Array,
  vectors: Matrix,
  products: number,
): Promise<LeadingEigenpairs> {
  const { device, size } = operator, count = values.length;
  using image = await operator.multiply(vectors);
  const [columns, images] = await Promise.all([device.read(vectors), device.read(image)]);
  const unit = new Float64Array(count * size), residuals = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    let square = 0, norm = 0;
    for (let i = 0; i < size; i++) norm += columns[i * count + k] ** 2;
    norm = Math.sqrt(norm);
    for (let i = 0; i < size; i++) {
      const component = columns[i * count + k] / norm;
      unit[k * size + i] = component;
      square += (images[i * count + k] / norm - values[k] * component) ** 2;
    }
    // Of the zero matrix every vector is an eigenvector.
    residuals[k] = square === 0 ? 0 : Math.sqrt(square) / Math.abs(values[0]);
  }
  return { values, vectors: unit, residuals, products: products + 1 };
}
