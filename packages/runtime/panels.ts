import type { DeviceInfo } from "./device_info.ts";
import { formatBytes, InvalidArgumentError, OutOfDeviceMemoryError } from "./errors.ts";
import type { DeviceArray } from "./matrix.ts";

/** First row and number of rows. */
export type RowRange = readonly [number, number];

/**
 * A panel is gone through in slices of a multiple of so many rows: a slice of a float or a bit matrix then begins where
 * every adapter lets a binding begin, at a multiple of 256 bytes.
 */
const SLICE_ROWS = 64;

/** Bytes of a slice of float32 rows, unless a device is opened with another number. */
export const SLICE_BYTES = 2 ** 27;

/** Panels of a matrix; no device has memory for more, and they are not to be counted out before that is said. */
const MOST_PANELS = 2 ** 20;

/** The rows of a panel of at most `maxBindingBytes`. @throws {OutOfDeviceMemoryError} where not one fits */
export function rowsPerPanel(cols: number, maxBindingBytes: number, what: string): number {
  const rowBytes = Math.max(cols, 1) * 4, rows = Math.floor(maxBindingBytes / rowBytes);
  if (rows > 0) return rows;
  throw new OutOfDeviceMemoryError(
    `${what} needs ${formatBytes(rowBytes)} for one row in one binding; this device binds ${
      formatBytes(maxBindingBytes)
    }`,
  );
}

/**
 * Cuts `rows` into panels of at most `maxBindingBytes`. The cut depends on the columns alone and not on the element
 * type, so that a mask and the weights it masks are cut alike.
 */
export function cutIntoPanels(
  rows: number,
  cols: number,
  maxBindingBytes: number,
  what: string,
): [number, number][] {
  const most = rowsPerPanel(cols, maxBindingBytes, what);
  if (rows > most * MOST_PANELS) {
    throw new OutOfDeviceMemoryError(
      `${what} needs ${formatBytes(rows * Math.max(cols, 1) * 4)}, more than ${MOST_PANELS} bindings of ${
        formatBytes(maxBindingBytes)
      }`,
    );
  }
  const panels: [number, number][] = [];
  for (let offset = 0; offset < rows; offset += most) panels.push([offset, Math.min(most, rows - offset)]);
  return panels.length > 0 ? panels : [[0, 0]];
}

/** The rows of a slice of a matrix of `cols` columns. */
export function rowsPerSlice(cols: number, sliceBytes: number): number {
  return Math.max(1, Math.floor(sliceBytes / (Math.max(cols, 1) * 4 * SLICE_ROWS))) * SLICE_ROWS;
}

/**
 * Cuts panels into the slices an op is launched on. Matrices that are kept and matrices that are regenerated are cut
 * alike, so that sums over rows come out the same to the last bit.
 */
export function slicePanels(panels: readonly RowRange[], cols: number, sliceBytes: number): RowRange[] {
  const step = rowsPerSlice(cols, sliceBytes);
  const slices: RowRange[] = [];
  for (const [offset, rows] of panels) {
    // Ops are launched on a panel without rows too: some write outputs that are not panelled.
    for (let first = 0; first === 0 || first < rows; first += step) {
      slices.push([offset + first, Math.min(step, rows - first)]);
    }
  }
  return slices;
}

/** The slices of a whole matrix. */
export function cutIntoSlices(array: DeviceArray, info: DeviceInfo): RowRange[] {
  const { rows, cols } = array;
  const panels = cutIntoPanels(rows, cols, info.maxBindingBytes, array.describe());
  return slicePanels(panels, cols, info.sliceBytes);
}

/** Throws unless the rows `[firstRow, firstRow + rows)` are some of the array's. */
export function assertRange(array: DeviceArray, firstRow: number, rows: number): void {
  const whole = Number.isSafeInteger(firstRow) && Number.isSafeInteger(rows);
  if (!whole || firstRow < 0 || rows < 0 || firstRow + rows > array.rows) {
    throw new InvalidArgumentError(
      `Expected rows of ${array.describe()} but found rows ${firstRow} to ${firstRow + rows}`,
    );
  }
}
