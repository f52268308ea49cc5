import { assertCount, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { SymmetricOperator } from "./operator.ts";
import type { EigenSystem } from "./symmetric_eigen.ts";

/** Leading eigenpairs, and how far they are from being exact. */
export interface LeadingEigenpairs extends EigenSystem {
  /** `‖Θv − λv‖ / λ_1` of each pair. */
  readonly residuals: Float64Array;
  /** Products with the operator that it took. */
  readonly products: number;
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
