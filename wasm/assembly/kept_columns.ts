/** Rows that a part takes. */
export const PART_ROWS: usize = 16;

/** Lists the columns kept in some rows of a mask: their number first; rows of the list are `pitch` bytes apart. */
export function kept_columns(
  part: usize,
  mask: usize,
  words: usize,
  rows: usize,
  list: usize,
  pitch: usize,
): void {
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  for (let row = first; row < end; row++) {
    const line = mask + row * words * 4, start = list + row * pitch;
    let to = start + 4;
    for (let word: usize = 0; word < words; word++) {
      for (let left = load<u32>(line + word * 4); left; left &= left - 1, to += 4) {
        store<u32>(to, <u32> word * 32 + ctz(left));
      }
    }
    store<u32>(start, <u32> ((to - start) / 4 - 1));
  }
}
