import { maskedMatmul } from "@graphon-limit/ops";
import { type Device, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";

/** A symmetric matrix by what it does: all that {@linkcode lanczos} and {@linkcode blockPowerIteration} ask of one. */
export interface SymmetricOperator {
  readonly device: Device;
  /** Rows, and columns. */
  readonly size: number;
  /** The product with a block of vectors [size, b]: a new matrix of that shape, which the caller disposes of. */
  multiply(block: Matrix): Matrix | Promise<Matrix>;
}

/** A stored symmetric matrix as an operator; it stays the caller's. */
export function matrixOperator(matrix: Matrix): SymmetricOperator {
  if (matrix.rows !== matrix.cols) {
    throw new InvalidArgumentError(`Expected a square matrix but found ${matrix.describe()}`);
  }
  const { device, rows: size } = matrix;
  return {
    device,
    size,
    multiply(block) {
      const out = device.matrix(size, block.cols);
      device.run(maskedMatmul, { weights: matrix, x: block, out }, { scale: 1, accumulate: 0 });
      return out;
    },
  };
}
