import { InvalidArgumentError } from "@graphon-limit/runtime";
import { StepGraphon } from "../step_graphon.ts";

/** Cells per axis of the finest common grid that is still formed; one axis may have more where both graphons have them. */
const FINEST_GRID = 2048;

/** The Euclidean distance over the cells, `‖A − B‖_F`: the paper's proxy for the cut distance (docs/mathematics.md §3). */
export function frobeniusDistance(a: StepGraphon, b: StepGraphon): number {
  if (a.rows !== b.rows || a.cols !== b.cols) {
    throw new InvalidArgumentError(
      `Expected graphons of one grid but found ${a.rows}×${a.cols} and ${b.rows}×${b.cols}`,
    );
  }
  return Math.sqrt(a.values.reduce((sum, value, cell) => sum + (value - b.values[cell]) ** 2, 0));
}

/** `∬ |A − B|`. The grids may differ. */
export function l1Distance(a: StepGraphon, b: StepGraphon): number {
  return l1Norm(graphonDifference(a, b));
}

/** `∬ |A|` of a difference. */
export function l1Norm({ values }: StepGraphon): number {
  return values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
}

/** `√∬ (A − B)²`: the Frobenius distance over the square root of the number of cells. The grids may differ. */
export function l2Distance(a: StepGraphon, b: StepGraphon): number {
  return l2Norm(graphonDifference(a, b));
}

/** `√∬ A²` of a difference. */
export function l2Norm({ values }: StepGraphon): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
}

/**
 * `A − B` on the coarsest grid on which both are step functions.
 *
 * @throws {InvalidArgumentError} if a graphon has no cells, or that grid has more than 2048 cells on an axis: on both where it is
 * the graphons' own
 */
export function graphonDifference(a: StepGraphon, b: StepGraphon): StepGraphon {
  for (const { rows, cols } of [a, b]) {
    if (rows === 0 || cols === 0) {
      throw new InvalidArgumentError(`Expected graphons with cells but found ${rows}×${cols}`);
    }
  }
  const rows = leastCommonMultiple(a.rows, b.rows), cols = leastCommonMultiple(a.cols, b.cols);
  const own = rows === a.rows && rows === b.rows && cols === a.cols && cols === b.cols;
  if ((own ? Math.min : Math.max)(rows, cols) > FINEST_GRID) {
    throw new InvalidArgumentError(
      `Expected graphons with a common grid of at most ${FINEST_GRID} cells an axis but found ` +
        `${a.rows}×${a.cols} and ${b.rows}×${b.cols}`,
    );
  }
  const fineA = onCommonGrid(a, rows, cols), fineB = onCommonGrid(b, rows, cols);
  return new StepGraphon(rows, cols, fineA.map((value, cell) => value - fineB[cell]));
}

function onCommonGrid(graphon: StepGraphon, rows: number, cols: number): Float64Array {
  return graphon.rows === rows && graphon.cols === cols ? graphon.values : graphon.regrid(rows, cols).values;
}

function leastCommonMultiple(a: number, b: number): number {
  let x = a, y = b;
  while (y !== 0) [x, y] = [y, x % y];
  return a / x * b;
}
