import type { BitMatrix } from "@graphon-limit/runtime";

/** Entries of a mask that an op goes through before a signal is heard: a tenth of a second's work, on a CPU, of the slower ops. */
export const SLICE_ENTRIES = 2 ** 26;

/** Some rows of a mask. */
export interface RowSlice {
  readonly first: number;
  readonly mask: BitMatrix;
}

/** The rows of a slice of at most so many entries, one at the least. */
export function rowsInSlice({ rows, cols }: { rows: number; cols: number }, entries = SLICE_ENTRIES): number {
  return Math.min(rows, Math.max(1, Math.floor(entries / cols)));
}

/**
 * A mask slice by slice; the mask itself where that is small. A slice is released when the next one is asked for, or none is any
 * more.
 */
export async function* rowSlices(mask: BitMatrix, entries = SLICE_ENTRIES): AsyncGenerator<RowSlice> {
  const { device, rows, cols } = mask, step = rowsInSlice(mask, entries);
  if (step === rows) {
    yield { first: 0, mask };
    return;
  }
  for (let first = 0; first < rows; first += step) {
    const end = Math.min(rows, first + step);
    using slice = device.uploadBits(await device.readBits(mask, [first, end]), end - first, cols);
    yield { first, mask: slice };
  }
}
