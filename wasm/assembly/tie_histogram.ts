import { tieHash, tieStretch } from "./shared/tie_hash";

/** Words of ties that a part reads. */
export const PART_WORDS: usize = 1 << 14;

/** Bins of the selection's histogram, that of NaN included; the upper halves of their counts follow. */
const BINS: usize = 2049;

/** Adds one to a bin; other threads do the same. */
function count(counts: usize, bin: usize): void {
  const at = counts + bin * 4, before = atomic.add<u32>(at, 1);
  if (before == 0xffffffff) atomic.add<u32>(at + BINS * 4, 1);
}

/**
 * A pass of the selection among ties over some words: of those whose hash begins as `found` does it counts the digit at `shift`, or,
 * where it has no bits, the stretch; see the op `tie_histogram`.
 */
export function tie_histogram(
  part: usize,
  ties: usize,
  words: usize,
  counts: usize,
  seedLow: u32,
  seedHigh: u32,
  offset: u32,
  found: u32,
  shift: u32,
  digitBits: u32,
): void {
  const first = part * PART_WORDS, end = min(first + PART_WORDS, words);
  const above = shift + digitBits, digitMask: u32 = (1 << digitBits) - 1;
  const prefix = above == 32 ? 0 : found >> above;
  for (let index = first; index < end; index++) {
    const word = offset + <u32> index;
    for (let left = load<u32>(ties + index * 4); left; left &= left - 1) {
      const hash = tieHash(word, ctz(left), seedLow, seedHigh);
      if (above != 32 && hash >> above != prefix) continue;
      count(counts, digitBits ? (hash >> shift) & digitMask : tieStretch(word));
    }
  }
}
