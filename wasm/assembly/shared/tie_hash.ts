/** The hash of a bit of a word of ties (`packages/ops/tie_hash.ts`). */
export function tieHash(word: u32, bit: u32, seedLow: u32, seedHigh: u32): u32 {
  const stretch = tieStretch(word) * 0x9e3779b9;
  let x = ((word << 5) | bit) ^ seedLow;
  x = (x ^ (x >> 17)) * 0xed5ad4bb + (seedHigh ^ stretch);
  x = ((x ^ (x >> 11)) * 0xac4c1b51) ^ ((seedLow + stretch) * 0x85ebca6b + seedHigh);
  x = (x ^ (x >> 15)) * 0x31848bab;
  return x ^ (x >> 14);
}

/** The upper half of the position of a word's bits. */
export function tieStretch(word: u32): u32 {
  return word >> 27;
}
