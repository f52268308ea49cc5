import { scratch } from "./shared/scratch";

/** Rows that a part takes. */
export const PART_ROWS: usize = 64;

/** Adds the ones of some rows of a mask to `counts` by cell; see the op `density_histogram`. */
export function density_histogram(
  part: usize,
  mask: usize,
  rows: usize,
  words: usize,
  rowCell: usize,
  columnCell: usize,
  counts: usize,
  cells: usize,
): void {
  const own = scratch(), first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  memory.fill(own, 0, cells * 4);
  for (let row = first; row < end; row++) {
    const line = mask + row * words * 4;
    for (let word: usize = 0; word < words; word++) {
      let left = load<u32>(line + word * 4);
      const names = columnCell + word * 128;
      while (left) {
        const at = own + <usize> load<u32>(names + <usize> ctz(left) * 4) * 4;
        store<u32>(at, load<u32>(at) + 1);
        left &= left - 1;
      }
    }
    // Rows of one cell follow each other where the mask is sorted: their counts go out together.
    const cell = load<u32>(rowCell + row * 4);
    if (row + 1 < end && load<u32>(rowCell + (row + 1) * 4) == cell) continue;
    const target = counts + <usize> cell * cells * 4;
    for (let bin: usize = 0; bin < cells * 4; bin += 4) {
      const sum = load<u32>(own + bin);
      if (sum) atomic.add<u32>(target + bin, sum);
    }
    memory.fill(own, 0, cells * 4);
  }
}
