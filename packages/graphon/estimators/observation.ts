import { columnDegree, densityHistogram, MOST_COLUMN_CELLS, rowDegree } from "@graphon-limit/ops";
import { type BitMatrix, type Device, InvalidArgumentError } from "@graphon-limit/runtime";
import { StepGraphon } from "../step_graphon.ts";
import type { Watch } from "../watch.ts";
import { cellSizes, cellsOfOrder } from "./cells.ts";
import { rowSlices } from "./row_slices.ts";
import { transposeBits } from "./transpose_bits.ts";

/** One or several masks over the same nodes, and their degrees: what every estimator starts from. */
export interface Observation {
  readonly device: Device;
  readonly masks: readonly BitMatrix[];
  readonly rows: number;
  readonly cols: number;
  /** Ones in each row, over all masks. */
  readonly outputDegrees: Float64Array;
  /** Ones in each column, over all masks. */
  readonly inputDegrees: Float64Array;
}

/**
 * Counts the degrees of masks that are independent draws over the same nodes: row `i` of each is the same output.
 *
 * @throws {InvalidArgumentError} if there is no mask, one is empty, or they differ in shape
 */
export async function observe(masks: BitMatrix | readonly BitMatrix[], watch: Watch): Promise<Observation> {
  const all = "device" in masks ? [masks] : masks;
  assertSameNodes(all);
  const { device, rows, cols } = all[0];
  const outputDegrees = new Float64Array(rows), inputDegrees = new Float64Array(cols);
  for (const [index, whole] of all.entries()) {
    for await (const { first, mask } of rowSlices(whole)) {
      using outputs = device.matrix(mask.rows, 1, "u32");
      using inputs = device.matrix(1, cols, "u32");
      device.run(rowDegree, { mask, degree: outputs });
      device.run(columnDegree, { mask, degree: inputs });
      const [byOutput, byInput] = await Promise.all([device.read(outputs), device.read(inputs)]);
      byOutput.forEach((degree, i) => outputDegrees[first + i] += degree);
      byInput.forEach((degree, j) => inputDegrees[j] += degree);
      await watch.at((index + (first + mask.rows) / rows) / all.length);
    }
  }
  return { device, masks: all, rows, cols, outputDegrees, inputDegrees };
}

function assertSameNodes(masks: readonly BitMatrix[]): void {
  if (masks.length === 0) throw new InvalidArgumentError("Expected at least one mask but found none");
  const { rows, cols } = masks[0];
  assertNodes(masks[0]);
  const other = masks.find((mask) => mask.rows !== rows || mask.cols !== cols);
  if (other) {
    throw new InvalidArgumentError(
      `Expected masks over the same ${rows}×${cols} nodes but found ${other.rows}×${other.cols}`,
    );
  }
}

/** @throws {InvalidArgumentError} if a mask is empty */
export function assertNodes({ rows, cols }: BitMatrix): void {
  if (rows > 0 && cols > 0) return;
  throw new InvalidArgumentError(`Expected a mask with rows and columns but found ${rows}×${cols}`);
}

/** Ones by row and by column, of so many masks together. */
export interface Degrees {
  readonly masks: { readonly length: number };
  readonly outputDegrees: Iterable<number>;
  readonly inputDegrees: Iterable<number>;
}

/** What is said about any estimate: ones in a mask (the average of several), and nodes without any kept weight. */
export function summarise({ masks, outputDegrees, inputDegrees }: Degrees) {
  const dead = (degrees: Iterable<number>) =>
    Array.from(degrees).reduce((count, degree) => count + Number(degree === 0), 0);
  return {
    kept: Array.from(outputDegrees).reduce((sum, degree) => sum + degree, 0) / masks.length,
    deadInputs: dead(inputDegrees),
    deadOutputs: dead(outputDegrees),
  };
}

/**
 * Ones of all masks by cell: entry (i, j) belongs to cell `(rowCell[i], columnCell[j])` of a table of the given size.
 *
 * @throws {InvalidArgumentError} if the table has more than 4096 cells both ways
 */
export async function countByCell(
  observation: Observation,
  rowCell: Uint32Array,
  rowCells: number,
  columnCell: Uint32Array,
  columnCells: number,
  watch: Watch,
): Promise<Uint32Array> {
  const { device, masks, rows, cols } = observation;
  if (columnCells > MOST_COLUMN_CELLS) {
    if (rowCells > MOST_COLUMN_CELLS) {
      throw new InvalidArgumentError(
        `Expected at most ${MOST_COLUMN_CELLS} cells on one axis but found ${rowCells}×${columnCells}`,
      );
    }
    using transposed = await transposeObservation(observation, watch.part(0, 0.5));
    const rest = watch.part(0.5, 1);
    const counts = await countByCell(transposed, columnCell, columnCells, rowCell, rowCells, rest);
    return exchanged(counts, columnCells, rowCells);
  }
  using ofColumn = device.upload(columnCell, 1, cols);
  using counts = device.matrix(rowCells, columnCells, "u32");
  device.clear(counts);
  for (const [index, whole] of masks.entries()) {
    for await (const { first, mask } of rowSlices(whole)) {
      using ofRow = device.upload(rowCell.subarray(first, first + mask.rows), mask.rows, 1);
      device.run(densityHistogram, { mask, rowCell: ofRow, columnCell: ofColumn, counts });
      await watch.at((index + (first + mask.rows) / rows) / masks.length);
    }
  }
  return await device.read(counts);
}

/** A table [rows, cols] with rows and columns exchanged. */
function exchanged(values: Uint32Array, rows: number, cols: number): Uint32Array {
  const result = new Uint32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) result[j * rows + i] = values[i * cols + j];
  }
  return result;
}

/** Cell means of the masks with rows and columns in the given orders; an axis has at most as many cells as nodes. */
export async function orderedHistogram(
  observation: Observation,
  rowOrder: Uint32Array,
  columnOrder: Uint32Array,
  rowGrid: number,
  columnGrid: number,
  watch: Watch,
): Promise<StepGraphon> {
  const { masks, rows, cols } = observation;
  const rowCells = Math.min(rows, rowGrid), columnCells = Math.min(cols, columnGrid);
  const ones = await countByCell(
    observation,
    cellsOfOrder(rowOrder, rowCells),
    rowCells,
    cellsOfOrder(columnOrder, columnCells),
    columnCells,
    watch,
  );
  return cellMeans(ones, [rows, rowCells], [cols, columnCells], masks.length);
}

/** Cell means from the ones of so many masks by cell; of each axis its nodes, and the cells that they are cut into. */
export function cellMeans(
  ones: Uint32Array,
  [rows, rowCells]: readonly [number, number],
  [cols, columnCells]: readonly [number, number],
  masks: number,
): StepGraphon {
  const rowSizes = cellSizes(rows, rowCells), columnSizes = cellSizes(cols, columnCells);
  const means = Float64Array.from(ones, (count, cell) => {
    const a = Math.floor(cell / columnCells), b = cell % columnCells;
    return count / (rowSizes[a] * columnSizes[b] * masks);
  });
  return new StepGraphon(rowCells, columnCells, means);
}

/** The same masks with inputs as rows and outputs as columns; disposing of it frees the transposed masks. */
export async function transposeObservation(
  observation: Observation,
  watch: Watch,
): Promise<Observation & Disposable> {
  const { device, masks, rows, cols, outputDegrees, inputDegrees } = observation;
  using transposed = new DisposableStack();
  const matrices: BitMatrix[] = [];
  for (const [index, mask] of masks.entries()) {
    const part = watch.nth(index, masks.length);
    const words = await transposeBits(await device.readBits(mask), rows, cols, part);
    matrices.push(transposed.use(device.uploadBits(words, cols, rows)));
  }
  const kept = transposed.move();
  return {
    device,
    masks: matrices,
    rows: cols,
    cols: rows,
    outputDegrees: inputDegrees,
    inputDegrees: outputDegrees,
    [Symbol.dispose]: () => kept.dispose(),
  };
}
