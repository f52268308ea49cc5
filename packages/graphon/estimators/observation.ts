import { columnDegree, densityHistogram, rowDegree } from "@graphon-limit/ops";
import { type BitMatrix, type Device, InvalidArgumentError } from "@graphon-limit/runtime";
import { StepGraphon } from "../step_graphon.ts";
import { cellSizes, cellsOfOrder } from "./cells.ts";
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
export async function observe(masks: BitMatrix | readonly BitMatrix[]): Promise<Observation> {
  const all = "device" in masks ? [masks] : masks;
  if (all.length === 0) throw new InvalidArgumentError("Expected at least one mask but found none");
  const { device, rows, cols } = all[0];
  assertNodes(all[0]);
  const outputDegrees = new Float64Array(rows), inputDegrees = new Float64Array(cols);
  using outputs = device.matrix(rows, 1, "u32");
  using inputs = device.matrix(1, cols, "u32");
  for (const mask of all) {
    if (mask.rows !== rows || mask.cols !== cols) {
      throw new InvalidArgumentError(
        `Expected masks over the same ${rows}×${cols} nodes but found ${mask.rows}×${mask.cols}`,
      );
    }
    device.run(rowDegree, { mask, degree: outputs });
    device.run(columnDegree, { mask, degree: inputs });
    const [byOutput, byInput] = await Promise.all([device.read(outputs), device.read(inputs)]);
    byOutput.forEach((degree, i) => outputDegrees[i] += degree);
    byInput.forEach((degree, j) => inputDegrees[j] += degree);
  }
  return { device, masks: all, rows, cols, outputDegrees, inputDegrees };
}

/** @throws {InvalidArgumentError} if a mask is empty */
export function assertNodes({ rows, cols }: BitMatrix): void {
  if (rows > 0 && cols > 0) return;
  throw new InvalidArgumentError(`Expected a mask with rows and columns but found ${rows}×${cols}`);
}

/** Ones by row and by column, of so many masks together. */
export interface Degrees {
  readonly masks: { readonly length: number };
  readonly outputDegrees: ArrayLike<number> & Iterable<number>;
  readonly inputDegrees: ArrayLike<number> & Iterable<number>;
}

/** What is said about any estimate: ones in a mask (the average of several), and nodes without any kept weight. */
export function summarise({ masks, outputDegrees, inputDegrees }: Degrees) {
  const dead = (degrees: Degrees["inputDegrees"]) =>
    Array.from(degrees).reduce((count, degree) => count + Number(degree === 0), 0);
  return {
    kept: Array.from(outputDegrees).reduce((sum, degree) => sum + degree, 0) / masks.length,
    deadInputs: dead(inputDegrees),
    deadOutputs: dead(outputDegrees),
  };
}

/** Ones of all masks by cell: entry (i, j) belongs to cell `(rowCell[i], columnCell[j])` of a table of the given size. */
export async function countByCell(
  { device, masks, rows, cols }: Observation,
  rowCell: Uint32Array,
  rowCells: number,
  columnCell: Uint32Array,
  columnCells: number,
): Promise<Uint32Array> {
  using ofRow = device.upload(rowCell, rows, 1);
  using ofColumn = device.upload(columnCell, 1, cols);
  using counts = device.matrix(rowCells, columnCells, "u32");
  device.clear(counts);
  for (const mask of masks) {
    device.run(densityHistogram, { mask, rowCell: ofRow, columnCell: ofColumn, counts });
  }
  return await device.read(counts);
}

/** Cell means of the masks with rows and columns in the given orders; an axis has at most as many cells as nodes. */
export async function orderedHistogram(
  observation: Observation,
  rowOrder: Uint32Array,
  columnOrder: Uint32Array,
  rowGrid: number,
  columnGrid = rowGrid,
): Promise<StepGraphon> {
  const { masks, rows, cols } = observation;
  const rowCells = Math.min(rows, rowGrid), columnCells = Math.min(cols, columnGrid);
  const ones = await countByCell(
    observation,
    cellsOfOrder(rowOrder, rowCells),
    rowCells,
    cellsOfOrder(columnOrder, columnCells),
    columnCells,
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
export async function transposeObservation(observation: Observation): Promise<Observation & Disposable> {
  const { device, masks, rows, cols, outputDegrees, inputDegrees } = observation;
  const transposed: BitMatrix[] = [];
  for (const mask of masks) {
    transposed.push(
      device.uploadBits(transposeBits(await device.readBits(mask), rows, cols), cols, rows),
    );
  }
  return {
    device,
    masks: transposed,
    rows: cols,
    cols: rows,
    outputDegrees: inputDegrees,
    inputDegrees: outputDegrees,
    [Symbol.dispose]() {
      for (const mask of transposed) mask.dispose();
    },
  };
}
