import { sizeClass } from "./buffer_pool.ts";
import type { DeviceInfo } from "./device_info.ts";
import { wordsPerBitRow } from "./matrix.ts";
import { rowsPerPanel, rowsPerSlice } from "./panels.ts";

/**
 * Bytes of a device's memory that a matrix takes: a WebGPU device rounds the size of each of its panels up to a buffer's.
 *
 * @throws {OutOfDeviceMemoryError} where a row does not fit one binding
 */
export function matrixBytes(
  info: DeviceInfo,
  rows: number,
  cols: number,
  type: "f32" | "bits" = "f32",
): number {
  const words = type === "bits" ? wordsPerBitRow(cols) : cols;
  const most = rowsPerPanel(cols, info.maxBindingBytes, `${rows}×${cols} ${type}`);
  if (info.kind === "cpu") return rows * words * 4;
  const largest = info.limits.maxBufferSize ?? Infinity, whole = Math.floor(rows / most);
  const bytes = (panelRows: number) => sizeClass(panelRows * words * 4, largest);
  const rest = rows - whole * most;
  return whole * bytes(most) + (rest > 0 || rows === 0 ? bytes(rest) : 0);
}

/** Bytes of the rows that are made at a time of a matrix that is not kept (`GeneratedMatrix`). */
export function sliceBytes(info: DeviceInfo, rows: number, cols: number): number {
  const most = Math.max(1, Math.floor(info.maxBindingBytes / (cols * 4)));
  return matrixBytes(info, Math.min(rows, most, rowsPerSlice(cols, info.sliceBytes)), cols);
}
