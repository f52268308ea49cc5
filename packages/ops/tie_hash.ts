/**
 * The hash that decides between weights of equal score: a 32-bit integer that the seed decides, and the position of the weight's
 * bit when the masks of all layers are laid end to end: bit `bit` of word `word`. `shaders/shared/tie_hash.wgsl` computes the same.
 *
 * It is a permutation of the positions in each stretch of 2³²: two weights have one hash only where they are as far apart. Its
 * steps are those of Wellons' `triple32` (hash-prospector). Seed and stretch come in before and between all of them: a step alone
 * is so nearly a product that what comes in before it only shifts the positions.
 */
export function tieHash(word: number, bit: number, seedLow: number, seedHigh: number): number {
  const stretch = Math.imul(tieStretch(word), 0x9e3779b9);
  let x = ((word << 5) | bit) ^ seedLow;
  x = Math.imul(x ^ (x >>> 17), 0xed5ad4bb) + (seedHigh ^ stretch);
  x = Math.imul(x ^ (x >>> 11), 0xac4c1b51) ^ (Math.imul(seedLow + stretch, 0x85ebca6b) + seedHigh);
  x = Math.imul(x ^ (x >>> 15), 0x31848bab);
  return (x ^ (x >>> 14)) >>> 0;
}

/** Which stretch of 2³² positions a word's bits are in. */
export function tieStretch(word: number): number {
  return word >>> 27;
}
