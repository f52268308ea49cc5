import { scratch } from "./shared/scratch";

/** Mask words, a cache line of them, that a part takes. */
export const PART_WORDS: usize = 16;

/** Rows whose ones fit a byte's count. */
const BYTE_ROWS: usize = 255;

/** Adds the ones in the columns of some words of every row. */
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
