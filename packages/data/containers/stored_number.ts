import type { RowRange, TensorReader } from "./tensor_reader.ts";

/**
 * A number that is not finite as float32, as its file has it, for messages: it may be finite there, as float64.
 *
 * @param rows what was read of the tensor
 * @param index of the number in that
 */
export function storedNumber(
  file: TensorReader,
  name: string,
  rows: RowRange | undefined,
  index: number,
): string {
  let value = NaN;
  file.decodePieces(name, rows, (elements, at) => {
    if (index >= at + elements.length) return false;
    value = elements[index - at];
    return true;
  });
  return Number.isFinite(value) ? `${value} (more than float32 holds)` : `${value}`;
}
