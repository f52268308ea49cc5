import { scratch } from "./scratch";

/** Rows that a part takes. */
const PART_ROWS: usize = 64;

/** Mask words, a cache line of them, that a part of {@link column_degree} takes. */
const PART_WORDS: usize = 16;

/** Rows whose ones fit a byte's count. */
const BYTE_ROWS: usize = 255;

/** Ones in 64 rows of a mask of `words` words a row. */
export function row_degree(part: usize, mask: usize, rows: usize, words: usize, degree: usize): void {
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  for (let row = first; row < end; row++) {
    const line = mask + row * words * 4;
    let ones: u32 = 0;
    for (let word: usize = 0; word < words; word++) ones += popcnt(load<u32>(line + word * 4));
    store<u32>(degree + row * 4, ones);
  }
}

/** Adds the ones in the columns of 16 words of every row. */
export function column_degree(
  part: usize,
  mask: usize,
  rows: usize,
  words: usize,
  columns: usize,
  degree: usize,
): void {
  const buffer = scratch(), first = part * PART_WORDS, end = min(first + PART_WORDS, words);
  // Byte k of the low half asks bit k % 8 of byte k / 8.
  const asked = i64x2.splat(0x8040201008040201);
  for (let start: usize = 0; start < rows; start += BYTE_ROWS) {
    const last = min(start + BYTE_ROWS, rows);
    for (let word = first; word < end; word++) {
      let low = i8x16.splat(0), high = low;
      for (let row = start; row < last; row++) {
        const bits = v128.load32_splat(mask + (row * words + word) * 4);
        const lowBits = v128.shuffle<i8>(bits, bits, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
        const highBits = v128.shuffle<i8>(bits, bits, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
        low = i8x16.sub(low, i8x16.eq(v128.and(lowBits, asked), asked));
        high = i8x16.sub(high, i8x16.eq(v128.and(highBits, asked), asked));
      }
      v128.store(buffer, low);
      v128.store(buffer, high, 16);
      const width = min<usize>(32, columns - word * 32);
      for (let bit: usize = 0; bit < width; bit++) {
        const at = degree + (word * 32 + bit) * 4;
        store<u32>(at, load<u32>(at) + <u32> load<u8>(buffer + bit));
      }
    }
  }
}

/** Adds the ones of 64 rows of a mask to `counts` by cell; see the op `density_histogram`. */
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
