import type { Device } from "./device.ts";
import type { ElementType, HostArray } from "./elements.ts";
import { InvalidArgumentError } from "./errors.ts";
import { GeneratedMatrix } from "./generated_matrix.ts";
import { DeviceArray, Matrix, type Panel } from "./matrix.ts";
import { assertRange } from "./panels.ts";

// What devices of either kind ask before elements go to them or come back, and where the elements are.

/** What memory is filled with where unwritten outputs must show: a NaN, and an implausible integer. */
export const POISON = 0x7fc0dead;

/** The typed arrays by element type. */
export const arrayTypes = { f32: Float32Array, u32: Uint32Array, i32: Int32Array } as const;

/** The element type of a typed array. */
export function typeOf(data: HostArray): ElementType {
  return data instanceof Float32Array ? "f32" : data instanceof Uint32Array ? "u32" : "i32";
}

/** Throws unless `data` holds `rows` rows of `wordsPerRow` words. */
export function assertLength(data: HostArray, rows: number, wordsPerRow: number): void {
  if (data.length !== rows * wordsPerRow) {
    throw new InvalidArgumentError(
      `Expected ${rows}×${wordsPerRow} = ${rows * wordsPerRow} elements but found ${data.length}`,
    );
  }
}

/** Throws unless the arrays given live on `device`. */
export function assertOwn(device: Device, ...arrays: (DeviceArray | undefined)[]): void {
  for (const array of arrays) {
    if (array instanceof DeviceArray && array.device !== device) {
      throw new InvalidArgumentError(
        `Expected a matrix of this ${device.info.kind} device but found ${array.describe()} of another device`,
      );
    }
  }
}

/** Throws where an array has no memory to write to or read from. */
export function assertKept(array: DeviceArray): void {
  if (array instanceof GeneratedMatrix) {
    throw new InvalidArgumentError(`Expected a matrix that is kept but found ${array.describe()}`);
  }
}

/** The number of whole rows of `target` that `data` holds, which must be of its element type. */
export function rowsOf(target: DeviceArray, data: HostArray): number {
  const wanted = target instanceof Matrix ? target.type as ElementType : "u32";
  if (typeOf(data) !== wanted) {
    throw new InvalidArgumentError(
      `Expected ${wanted} elements for ${target.describe()} but found ${typeOf(data)}`,
    );
  }
  const rows = target.wordsPerRow === 0 ? 0 : data.length / target.wordsPerRow;
  if (!Number.isInteger(rows)) {
    throw new InvalidArgumentError(
      `Expected whole rows of ${target.wordsPerRow} words for ${target.describe()} but found ${data.length} elements`,
    );
  }
  return rows;
}

/** A panel's share of the rows `[firstRow, firstRow + rows)`: where in the panel and where in those rows, in words. */
export interface Overlap {
  readonly panel: Panel;
  readonly panelStart: number;
  readonly dataStart: number;
  readonly dataEnd: number;
}

/** Splits a range of rows over the panels that hold them. */
export function overlaps(target: DeviceArray, firstRow: number, rows: number): Overlap[] {
  assertRange(target, firstRow, rows);
  assertKept(target);
  const words = target.wordsPerRow;
  const result: Overlap[] = [];
  for (const panel of target.panels) {
    const from = Math.max(firstRow, panel.rowOffset);
    const to = Math.min(firstRow + rows, panel.rowOffset + panel.rows);
    if (to > from && words > 0) {
      result.push({
        panel,
        panelStart: (from - panel.rowOffset) * words,
        dataStart: (from - firstRow) * words,
        dataEnd: (to - firstRow) * words,
      });
    }
  }
  return result;
}
