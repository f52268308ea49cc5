import { columnDegree, degreeCells, densityHistogram, rowDegree } from "@graphon-limit/ops";
import { assertCount, type BitMatrix, type Matrix } from "@graphon-limit/runtime";
import { givenOrder, onGrid } from "./estimators/cells.ts";
import { assertNodes, cellMeans, summarise } from "./estimators/observation.ts";
import type { StepGraphon } from "./step_graphon.ts";

/** Intervals per axis of the histogram, unless told otherwise: the paper's K. */
export const DEFAULT_GRID = 64;

/** A sort-and-smooth estimate and the counts it rests on. */
export interface SortedHistogram {
  /** `[grid, grid]`, rows the layer's outputs and columns its inputs, both by descending degree unless kept as they are. */
  readonly graphon: StepGraphon;
  /** Ones in the mask. */
  readonly kept: number;
  /** Inputs (columns) and outputs (rows) without any kept weight. */
  readonly deadInputs: number;
  readonly deadOutputs: number;
}

/** Axes of a mask whose nodes are not exchangeable and stay as they are: pixels, classes. */
export interface KeptAxes {
  /** A row of the result for each output of the layer, in the mask's order, in place of `grid` sorted ones. */
  readonly outputs?: boolean;
  /** A column for each input, likewise. */
  readonly inputs?: boolean;
}

/**
 * The graphon estimate of one mask by sort-and-smooth without its total-variation step (Chan and Airoldi 2014; docs/mathematics.md
 * §3): rows and columns sorted by descending degree, ties by index; each axis cut into `grid` intervals, position `i` of
 * `n` falling into `⌊i·grid/n⌋`; cell means of the sorted mask. An axis shorter than the grid is expanded by overlap, so
 * that the result is the exact cell average of the mask's step function.
 *
 * All is asked of the device before it is waited for, once: several masks are best asked for together.
 *
 * @param mask `[outputs, inputs]`
 * @param grid cells per axis
 * @param kept axes that are neither sorted nor cut
 * @throws {InvalidArgumentError} unless the grid is a positive whole number
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sampleFromGraphon, sortAndSmooth, StepGraphon } from "@graphon-limit/graphon";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * const truth = StepGraphon.from((u, v) => (1 - u) * (1 - v), 4);
 * using mask = sampleFromGraphon(device, truth, 256, 256, { seed: seedFrom(0) });
 * const { graphon, kept } = await sortAndSmooth(mask, 4);
 * assert.equal(kept, Math.round(graphon.density * 256 * 256));
 * assert.ok(Math.abs(graphon.at(0, 0) - truth.at(0, 0)) < 0.05);
 * ```
 */
export async function sortAndSmooth(
  mask: BitMatrix,
  grid = DEFAULT_GRID,
  kept: KeptAxes = {},
): Promise<SortedHistogram> {
  assertCount("the grid", grid, 1);
  assertNodes(mask);
  const { device, rows, cols } = mask;
  using outputs = device.matrix(rows, 1, "u32");
  using inputs = device.matrix(1, cols, "u32");
  device.run(rowDegree, { mask, degree: outputs });
  device.run(columnDegree, { mask, degree: inputs });
  const rowGrid = kept.outputs ? rows : grid, columnGrid = kept.inputs ? cols : grid;
  const rowCells = Math.min(rows, rowGrid), columnCells = Math.min(cols, columnGrid);
  using rowCell = cellsOf(outputs, rowCells, kept.outputs);
  using columnCell = cellsOf(inputs, columnCells, kept.inputs);
  using counts = device.matrix(rowCells, columnCells, "u32");
  device.clear(counts);
  device.run(densityHistogram, { mask, rowCell, columnCell, counts });
  const [ones, outputDegrees, inputDegrees] = await Promise.all([
    device.read(counts),
    device.read(outputs),
    device.read(inputs),
  ]);
  const histogram = cellMeans(ones, [rows, rowCells], [cols, columnCells], 1);
  return {
    graphon: onGrid(histogram, rowGrid, columnGrid),
    ...summarise({ masks: [mask], outputDegrees, inputDegrees }),
  };
}

/** The cells of nodes by their degrees, or each node's own where they stay as they are. */
function cellsOf(degree: Matrix<"u32">, intervals: number, kept = false): Matrix<"u32"> {
  const { device, rows, cols } = degree;
  if (kept) return device.upload(givenOrder(rows * cols), rows, cols);
  const cells = device.matrix(rows, cols, "u32");
  device.run(degreeCells, { degree, cells }, { intervals });
  return cells;
}
