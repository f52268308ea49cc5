import { tieHash, tieStretch } from "./shared/tie_hash";

/** Words of a mask that a part changes. */
export const PART_WORDS: usize = 1 << 14;

/** Adds to some words of a mask the ties that are kept, up to a bound; see the op `keep_ties`. The mask begins at word `start` of `ties`. */
export function keep_ties(
  part: usize,
  ties: usize,
  tieWords: u32,
  start: u32,
  words: usize,
  mask: usize,
  bound: u32,
  stretch: u32,
  seedLow: u32,
  seedHigh: u32,
  offset: u32,
): void {
  const first = part * PART_WORDS, end = min(first + PART_WORDS, words);
  for (let index = first; index < end; index++) {
    const place = start + <u32> index, word = offset + place;
    if (place >= tieWords) continue;
    let kept: u32 = 0;
    for (let left = load<u32>(ties + place * 4); left; left &= left - 1) {
      const bit = ctz(left), hash = tieHash(word, bit, seedLow, seedHigh);
      if (hash < bound || (hash == bound && tieStretch(word) <= stretch)) kept |= 1 << bit;
    }
    if (kept) store<u32>(mask + index * 4, load<u32>(mask + index * 4) | kept);
  }
}
