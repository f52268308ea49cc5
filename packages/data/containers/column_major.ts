import type { ByteSource } from "../files/byte_source.ts";
import { elementCount } from "./shape.ts";

/** An array in which the first index varies fastest, and after it the others as `restStrides` says. */
export interface ColumnMajor {
  /** Where its first element is. */
  readonly offset: number;
  readonly itemBytes: number;
  /** The shape to be read. */
  readonly shape: readonly number[];
  /**
   * The order in which the axes after the first vary in the file, fastest first; as they are listed, unless given, which
   * is Fortran's order.
   */
  readonly restOrder?: readonly number[];
}

/** Bytes brought at a time where most of what lies between is wanted. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/** Below this fraction of a column's rows, what lies between is passed over. */
const WORTH_READING = 1 / 8;

/**
 * Reads an array that lies column by column as if it lay row by row: Fortran's order, and layers that are stored
 * `[in, out]`. The file is gone through from front to back once for each call, so it is best asked for many rows.
 *
 * @returns fills `into` with row-major elements from the `first` on
 */
export function columnMajorReader(
  bytes: ByteSource,
  { offset, itemBytes, shape, restOrder = shape.slice(1).map((_, axis) => axis + 1) }: ColumnMajor,
): (first: number, into: Uint8Array<ArrayBuffer>) => void {
  const [rows, ...restShape] = shape;
  const columns = elementCount(restShape) ?? 0;
  // What one step along each axis is worth in a row of what is read.
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)) ?? 0);
  return (first, into) => {
    const end = first + into.length / itemBytes;
    const firstRow = Math.floor(first / columns), endRow = Math.ceil(end / columns);
    if (!(endRow > firstRow)) return;
    const dense = endRow - firstRow >= WORTH_READING * rows;
    const columnsAtOnce = dense ? Math.max(1, Math.floor(BLOCK_BYTES / (rows * itemBytes))) : 1;
    const walk = new Odometer(
      restOrder.filter((axis) => shape[axis] > 1).map((axis) => ({
        size: shape[axis],
        stride: strides[axis],
      })),
    );
    for (let column = 0; column < columns; column += columnsAtOnce) {
      const some = Math.min(columnsAtOnce, columns - column);
      const block = new Uint8Array(((some - 1) * rows + endRow - firstRow) * itemBytes);
      bytes.readAt(offset + (column * rows + firstRow) * itemBytes, block);
      for (let c = 0; c < some; c++, walk.step()) {
        const place = walk.value;
        // Where a range of elements ends within a row, that row is not there for every column.
        const from = Math.max(firstRow, Math.ceil((first - place) / columns));
        const to = Math.min(endRow, Math.ceil((end - place) / columns));
        for (let row = from; row < to; row++) {
          const source = (c * rows + row - firstRow) * itemBytes;
          const target = (row * columns + place - first) * itemBytes;
          for (let byte = 0; byte < itemBytes; byte++) into[target + byte] = block[source + byte];
        }
      }
    }
  };
}

/** Counts through indices, the first axis fastest, and keeps the sum of index × stride. */
class Odometer {
  readonly #axes: readonly { readonly size: number; readonly stride: number }[];
  readonly #index: number[];
  value = 0;

  constructor(axes: readonly { readonly size: number; readonly stride: number }[]) {
    this.#axes = axes;
    this.#index = axes.map(() => 0);
  }

  step(): void {
    for (let axis = 0; axis < this.#axes.length; axis++) {
      const { size, stride } = this.#axes[axis];
      this.value += stride;
      if (++this.#index[axis] < size) return;
      this.value -= stride * size;
      this.#index[axis] = 0;
    }
  }
}
