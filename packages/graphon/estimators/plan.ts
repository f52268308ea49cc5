import { MOST_COLUMN_CELLS } from "@graphon-limit/ops";
import { wordsPerBitRow } from "@graphon-limit/runtime";
import { rowsInSlice } from "./row_slices.ts";
import { FIRST_BLOCK, vectorBytes } from "./singular_triples.ts";
import { ITERATIONS } from "./total_variation.ts";

/** What an estimator is given: masks [rows, cols], one unless said. */
export interface MaskShape {
  readonly rows: number;
  readonly cols: number;
  readonly masks?: number | undefined;
}

/** What an estimate needs, whatever the masks are, before any of it is taken. */
export interface EstimatorPlan {
  /**
   * Bytes of matrices on the device at one time, at the most, the masks themselves not counted. A WebGPU device rounds a matrix's
   * size up, by a quarter at the most.
   */
  readonly device: number;
  /** Bytes of arrays on the host at one time, at the most. */
  readonly host: number;
  /**
   * Additions, comparisons and bits visited, roughly and at the most. Two CPU cores do a billion or some a second, a GPU
   * hundreds of billions where it is a matter of comparing rows.
   */
  readonly operations: number;
}

/** Bytes of the host's that go with each row and column: degrees, orders, cells, and what sorting them takes. */
const NODE_BYTES = 64;

/** Iterations after which singular values have usually settled. */
const USUAL_ITERATIONS = 10;

/** What `sortAndSmooth` needs: `rowGrid` and `columnGrid` are a kept axis's length where one is kept. */
export function sortedHistogramPlan(shape: MaskShape, rowGrid: number, columnGrid: number): EstimatorPlan {
  const plan = histogramPlan(shape, rowGrid, columnGrid), { rows, cols } = shape;
  const atOnce = rowsInSlice(shape) === rows && Math.min(cols, columnGrid) <= MOST_COLUMN_CELLS;
  // Degrees are there beside the cells that they are sorted into.
  return atOnce ? { ...plan, device: plan.device + 4 * (rows + cols) } : plan;
}

/** What a histogram of masks needs whose nodes were put in order on the host. */
export function histogramPlan(shape: MaskShape, rowGrid: number, columnGrid: number): EstimatorPlan {
  const { rows, cols, masks = 1 } = shape;
  const a = Math.min(rows, rowGrid), b = Math.min(cols, columnGrid), table = tableBytes(shape, a, b);
  return {
    device: sliceBytes(shape) + table.device,
    host: sliceBytes(shape) + table.host + NODE_BYTES * (rows + cols) + 8 * (a * b + rowGrid * columnGrid),
    operations: 2 * masks * rows * cols,
  };
}

/** Sort-and-smooth with so many denoised histograms. */
export function denoisingPlan(shape: MaskShape, grid: number, runs: number): EstimatorPlan {
  const plan = histogramPlan(shape, grid, grid);
  const cells = Math.min(shape.rows, grid) * Math.min(shape.cols, grid);
  // Seven arrays of one denoising; histogram, deviations, probe, moved, denoised, response, best.
  return {
    ...plan,
    host: plan.host + 14 * 8 * cells,
    operations: plan.operations + runs * ITERATIONS * 20 * cells,
  };
}

/**
 * Universal singular value thresholding where no more than a few singular values are above the noise. Others are sought in
 * blocks of twice as many, up to the shorter side, which a call bounds by its `memoryBytes`.
 */
export function usvtPlan(shape: MaskShape, grid: number): EstimatorPlan {
  const { rows, cols, masks = 1 } = shape, size = Math.min(rows, cols, FIRST_BLOCK);
  const vectors = vectorBytes(size, rows, cols), transposed = transposedBytes(shape);
  const cells = Math.min(rows, grid) * Math.min(cols, grid);
  return {
    device: transposed + Math.max(sliceBytes(shape) + vectors.device, sliceBytes(shape) + 4 * (rows + cols)),
    host: bitBytes(shape) + transposed / masks + sliceBytes(shape) + vectors.host +
      NODE_BYTES * (rows + cols) + 16 * cells + 8 * grid ** 2,
    operations: masks * rows * cols * size * 2 * USUAL_ITERATIONS,
  };
}

/** Bytes of the words of one mask. */
export function bitBytes({ rows, cols }: MaskShape): number {
  return 4 * rows * wordsPerBitRow(cols);
}

/** Bytes of all masks with rows and columns exchanged. */
export function transposedBytes({ rows, cols, masks = 1 }: MaskShape): number {
  return masks * bitBytes({ rows: cols, cols: rows });
}

/** Bytes of the rows of a mask that an op goes through at a time; none where that is the mask itself. */
export function sliceBytes(shape: MaskShape): number {
  const rows = rowsInSlice(shape);
  return rows < shape.rows ? bitBytes({ rows, cols: shape.cols }) : 0;
}

/** What a table of counts needs by itself: cells of nodes, and counts. */
export function tableBytes(
  shape: MaskShape,
  rowCells: number,
  columnCells: number,
): { device: number; host: number } {
  const { rows, cols, masks = 1 } = shape, counts = 4 * rowCells * columnCells, nodes = 4 * (rows + cols);
  if (columnCells <= MOST_COLUMN_CELLS) return { device: counts + nodes, host: counts + nodes };
  const transposed = transposedBytes(shape);
  return {
    device: transposed + counts + nodes,
    host: bitBytes(shape) + transposed / masks + 2 * counts + nodes,
  };
}
