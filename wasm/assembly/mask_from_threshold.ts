import { orderKey, orderKeys } from "./shared/float_order";

/** Mask words that a part makes, about: whole rows. */
export const PART_WORDS: usize = 4096;

/**
 * Rows of the mask of scores above the threshold in `state`, and of `previous` where it is not 0. Where `ties` is not 0, the same
 * words of the scores at the threshold go there, from word `start` on, as far as there are so many.
 */
export function mask_from_threshold(
  part: usize,
  scores: usize,
  previous: usize,
  state: usize,
  mask: usize,
  ties: usize,
  tieWords: u32,
  start: u32,
  rows: usize,
  columns: usize,
): void {
  const words = (columns + 31) / 32, partRows = max<usize>(1, PART_WORDS / words);
  const first = part * partRows, end = min(first + partRows, rows);
  const threshold = load<u32>(state);
  for (let row = first; row < end; row++) {
    let from = scores + row * columns * 4, to = row * words * 4;
    for (let column: usize = 0; column < columns; column += 32, from += 128, to += 4) {
      const width = min<usize>(32, columns - column);
      const before = previous ? load<u32>(previous + to) : 0xffffffff;
      const place = start + <u32> (to >> 2);
      if (ties && place < tieWords) {
        const both = aboveAndAt(from, width, threshold);
        store<u32>(mask + to, <u32> both & before);
        store<u32>(ties + place * 4, <u32> (both >> 32) & before);
      } else store<u32>(mask + to, above(from, width, threshold) & before);
    }
  }
}

/** A bit for each score above the threshold, of at most 32. */
function above(from: usize, width: usize, threshold: u32): u32 {
  const thresholds = i32x4.splat(threshold);
  let word: u32 = 0, bit: usize = 0;
  for (; bit + 4 <= width; bit += 4) {
    const kept = i32x4.gt_u(orderKeys(v128.load(from + bit * 4)), thresholds);
    word |= i32x4.bitmask(kept) << <u32> bit;
  }
  for (; bit < width; bit++) {
    if (orderKey(load<u32>(from + bit * 4)) > threshold) word |= 1 << <u32> bit;
  }
  return word;
}

/** The same, and in the upper half a bit for each score at the threshold. */
function aboveAndAt(from: usize, width: usize, threshold: u32): u64 {
  const thresholds = i32x4.splat(threshold);
  let word: u32 = 0, tied: u32 = 0, bit: usize = 0;
  for (; bit + 4 <= width; bit += 4) {
    const keys = orderKeys(v128.load(from + bit * 4));
    word |= i32x4.bitmask(i32x4.gt_u(keys, thresholds)) << <u32> bit;
    tied |= i32x4.bitmask(i32x4.eq(keys, thresholds)) << <u32> bit;
  }
  for (; bit < width; bit++) {
    const key = orderKey(load<u32>(from + bit * 4));
    if (key > threshold) word |= 1 << <u32> bit;
    if (key == threshold) tied |= 1 << <u32> bit;
  }
  return <u64> word | <u64> tied << 32;
}
