import { InvalidArgumentError, type Shape } from "@graphon-limit/runtime";

/**
 * Checks an op's argument against the shape the others imply.
 *
 * @throws {InvalidArgumentError} if it has other rows or columns
 */
export function assertShape(op: string, name: string, shape: Shape, rows: number, cols: number): void {
  if (shape.rows === rows && shape.cols === cols) return;
  throw new InvalidArgumentError(
    `Expected ${op}'s ${name} to be ${rows}×${cols} but found ${shape.rows}×${shape.cols}`,
  );
}

/**
 * Checks a vector [m, 1] that goes along a panelled matrix but is itself seen whole: a launch sees `rows` of the matrix's
 * rows, the vector has them all.
 *
 * @throws {InvalidArgumentError} if it has fewer rows than the panel or more than one column
 */
export function assertRows(op: string, name: string, shape: Shape, rows: number): void {
  if (shape.rows >= rows && shape.cols === 1) return;
  throw new InvalidArgumentError(
    `Expected ${op}'s ${name} to be a vector of at least ${rows} rows but found ${shape.rows}×${shape.cols}`,
  );
}
