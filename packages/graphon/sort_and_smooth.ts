import {
  columnDegree,
  degreeCells,
  densityHistogram,
  MOST_COLUMN_CELLS,
  rowDegree,
} from "@graphon-limit/ops";
import { assertCount, type BitMatrix, type LongCallOptions, type Matrix } from "@graphon-limit/runtime";
import { givenOrder, onGrid, orderByDegree } from "./estimators/cells.ts";
import { assertNodes, cellMeans, observe, orderedHistogram, summarise } from "./estimators/observation.ts";
import { rowsInSlice } from "./estimators/row_slices.ts";
import type { StepGraphon } from "./step_graphon.ts";
import { type Watch, watchCall } from "./watch.ts";

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
  readonly outputs?: boolean | undefined;
  /** A column for each input, likewise. */
  readonly inputs?: boolean | undefined;
}

/**
 * The graphon estimate of one mask by sort-and-smooth without its total-variation step (Chan and Airoldi 2014; docs/mathematics.md
 * §3): rows and columns sorted by descending degree, ties by index; each axis cut into `grid` intervals, position `i` of
 * `n` falling into `⌊i·grid/n⌋`; cell means of the sorted mask. An axis shorter than the grid is expanded by overlap, so
 * that the result is the exact cell average of the mask's step function.
 *
 * @param mask `[outputs, inputs]`
 * @param grid cells per axis
 * @param kept axes that are neither sorted nor cut
 * @param call progress is told in percent
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
  call: LongCallOptions = {},
): Promise<SortedHistogram> {
  return await sortedHistogram(mask, grid, kept, watchCall(call));
}

/** What {@linkcode sortAndSmooth} does, as a part of a longer call. */
export async function sortedHistogram(
  mask: BitMatrix,
  grid: number,
  kept: KeptAxes,
  watch: Watch,
): Promise<SortedHistogram> {
  assertCount("the grid", grid, 1);
  assertNodes(mask);
  const rowGrid = kept.outputs ? mask.rows : grid, columnGrid = kept.inputs ? mask.cols : grid;
  const counted = isQuick(mask, Math.min(mask.cols, columnGrid))
    ? await countAtOnce(mask, kept, rowGrid, columnGrid)
    : await countBySlices(mask, kept, rowGrid, columnGrid, watch);
  const { histogram, ...degrees } = counted;
  const graphon = onGrid(histogram, rowGrid, columnGrid);
  await watch.at(1);
  return { graphon, ...summarise({ masks: [mask], ...degrees }) };
}

/** The table of a mask, and its degrees. */
interface Counted {
  readonly histogram: StepGraphon;
  readonly outputDegrees: Iterable<number>;
  readonly inputDegrees: Iterable<number>;
}

/** Whether a mask is counted before anybody could want to hear of it: by a GPU, and elsewhere where it is small. */
function isQuick(mask: BitMatrix, columnCells: number): boolean {
  const { kind, software } = mask.device.info, gpu = kind === "webgpu" && !software;
  return (gpu || rowsInSlice(mask) === mask.rows) && columnCells <= MOST_COLUMN_CELLS;
}

/** All is asked of the device, sorting too, before it is waited for. */
async function countAtOnce(
  mask: BitMatrix,
  kept: KeptAxes,
  rowGrid: number,
  columnGrid: number,
): Promise<Counted> {
  const { device, rows, cols } = mask;
  using outputs = device.matrix(rows, 1, "u32");
  using inputs = device.matrix(1, cols, "u32");
  device.run(rowDegree, { mask, degree: outputs });
  device.run(columnDegree, { mask, degree: inputs });
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
  return { histogram, outputDegrees, inputDegrees };
}

/** The cells of nodes by their degrees, or each node's own where they stay as they are. */
function cellsOf(degree: Matrix<"u32">, intervals: number, kept = false): Matrix<"u32"> {
  const { device, rows, cols } = degree;
  if (kept) return device.upload(givenOrder(rows * cols), rows, cols);
  const cells = device.matrix(rows, cols, "u32");
  device.run(degreeCells, { degree, cells }, { intervals });
  return cells;
}

/** Slice by slice, so that a signal is heard in between. */
async function countBySlices(
  mask: BitMatrix,
  kept: KeptAxes,
  rowGrid: number,
  columnGrid: number,
  watch: Watch,
): Promise<Counted> {
  const observation = await observe(mask, watch.part(0, 0.4));
  const { rows, cols, outputDegrees, inputDegrees } = observation;
  const histogram = await orderedHistogram(
    observation,
    kept.outputs ? givenOrder(rows) : orderByDegree(outputDegrees),
    kept.inputs ? givenOrder(cols) : orderByDegree(inputDegrees),
    rowGrid,
    columnGrid,
    watch.part(0.4, 0.95),
  );
  return { histogram, outputDegrees, inputDegrees };
}
