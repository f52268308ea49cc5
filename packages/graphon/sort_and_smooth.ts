import { columnDegree, densityHistogram, rowDegree } from "@graphon-limit/ops";
import { assertCount, type BitMatrix } from "@graphon-limit/runtime";
import { StepGraphon } from "./step_graphon.ts";

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
 * The graphon estimate of one mask by sort-and-smooth without its total-variation step (Chan and Airoldi 2014; design
 * §3): rows and columns sorted by descending degree, ties by index; each axis cut into `grid` intervals, position `i` of
 * `n` falling into `⌊i·grid/n⌋`; cell means of the sorted mask. An axis shorter than the grid is expanded by overlap, so
 * that the result is the exact cell average of the mask's step function.
 *
 * @param mask `[outputs, inputs]`
 * @param grid cells per axis
 * @param kept axes that are neither sorted nor cut
 */
export async function sortAndSmooth(
  mask: BitMatrix,
  grid = DEFAULT_GRID,
  kept: KeptAxes = {},
): Promise<SortedHistogram> {
  assertCount("the grid", grid, 1);
  const { device, rows, cols } = mask;
  using outputs = device.matrix(rows, 1, "u32");
  using inputs = device.matrix(1, cols, "u32");
  device.run(rowDegree, { mask, degree: outputs });
  device.run(columnDegree, { mask, degree: inputs });
  const outputDegrees = await device.read(outputs), inputDegrees = await device.read(inputs);

  const rowGrid = kept.outputs ? rows : grid, columnGrid = kept.inputs ? cols : grid;
  const rowCells = Math.min(rows, rowGrid), columnCells = Math.min(cols, columnGrid);
  const rowOrder = kept.outputs
    ? Uint32Array.from(outputDegrees.keys())
    : cellsByDegree(outputDegrees, rowCells);
  const columnOrder = kept.inputs
    ? Uint32Array.from(inputDegrees.keys())
    : cellsByDegree(inputDegrees, columnCells);
  using rowCell = device.upload(rowOrder, rows, 1);
  using columnCell = device.upload(columnOrder, 1, cols);
  using counts = device.matrix(rowCells, columnCells, "u32");
  device.clear(counts);
  device.run(densityHistogram, { mask, rowCell, columnCell, counts });
  const ones = await device.read(counts);

  const rowSizes = cellSizes(rows, rowCells), columnSizes = cellSizes(cols, columnCells);
  const means = new Float64Array(ones.length);
  for (let a = 0; a < rowCells; a++) {
    for (let b = 0; b < columnCells; b++) {
      means[a * columnCells + b] = ones[a * columnCells + b] / (rowSizes[a] * columnSizes[b]);
    }
  }
  const histogram = new StepGraphon(rowCells, columnCells, means);
  return {
    graphon: rowCells === rowGrid && columnCells === columnGrid
      ? histogram
      : histogram.regrid(rowGrid, columnGrid),
    kept: outputDegrees.reduce((sum, count) => sum + count, 0),
    deadInputs: inputDegrees.reduce((dead, count) => dead + (count === 0 ? 1 : 0), 0),
    deadOutputs: outputDegrees.reduce((dead, count) => dead + (count === 0 ? 1 : 0), 0),
  };
}

/** Indices by descending degree, ties by index. */
export function orderByDegree(degrees: Uint32Array): Uint32Array {
  return Uint32Array.from(degrees.keys()).sort((a, b) => degrees[b] - degrees[a] || a - b);
}

/** For each index, the interval its position in the sorted order falls into. */
function cellsByDegree(degrees: Uint32Array, cells: number): Uint32Array {
  const result = new Uint32Array(degrees.length);
  orderByDegree(degrees).forEach((index, position) => {
    result[index] = Math.floor(position * cells / degrees.length);
  });
  return result;
}

/** How many of `n` positions fall into each of `cells` intervals. */
function cellSizes(n: number, cells: number): Uint32Array {
  const sizes = new Uint32Array(cells);
  for (let i = 0; i < n; i++) sizes[Math.floor(i * cells / n)]++;
  return sizes;
}
