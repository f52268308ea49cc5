import { tieHash, tieStretch } from "./shared/tie_hash";

/** Words of ties that a part reads. */
export const PART_WORDS: usize = 1 << 14;

/** Bins of the selection's histogram, that of NaN included; the upper halves of their counts follow. */
const BINS: usize = 2049;

/** Adds one to a bin of the op's histogram; other threads do the same. */
function count(histogram: usize, bin: usize): void {
  const at = histogram + bin * 4, before = atomic.add<u32>(at, 1);
  if (before == 0xffffffff) atomic.add<u32>(at + BINS * 4, 1);
}

/** One pass of the selection among ties over some words; see the op `tie_histogram`. */
export function tie_histogram(
  part: usize,
  ties: usize,
  words: usize,
  state: usize,
  histogram: usize,
  seedLow: u32,
  seedHigh: u32,
  offset: u32,
  shift: u32,
  digitBits: u32,
  byStretch: u32,
): void {
  const first = part * PART_WORDS, end = min(first + PART_WORDS, words);
  const above = shift + digitBits, digitMask: u32 = (1 << digitBits) - 1;
  const found = load<u32>(state, 16), prefix = above == 32 ? 0 : found >> above;
  for (let index = first; index < end; index++) {
    const word = offset + <u32> index;
    for (let left = load<u32>(ties + index * 4); left; left &= left - 1) {
      const hash = tieHash(word, ctz(left), seedLow, seedHigh);
      if (byStretch) {
        if (hash == found) count(histogram, tieStretch(word));
      } else if (above == 32 || hash >> above == prefix) count(histogram, (hash >> shift) & digitMask);
    }
  }
}
