/** Rows that a part takes. */
export const PART_ROWS: usize = 64;

/** Ones in some rows of a mask of `words` words a row. */
export function row_degree(part: usize, mask: usize, rows: usize, words: usize, degree: usize): void {
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  for (let row = first; row < end; row++) {
    const line = mask + row * words * 4;
    let ones: u32 = 0;
    for (let word: usize = 0; word < words; word++) ones += popcnt(load<u32>(line + word * 4));
    store<u32>(degree + row * 4, ones);
  }
}
