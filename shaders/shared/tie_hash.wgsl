// The hash that decides between weights of equal score: the same integers as packages/ops/tie_hash.ts. The position of bit
// `bit` of a word is 32 · word + bit.
fn tie_hash(word: u32, bit: u32) -> u32 {
  let stretch = tie_stretch(word) * 0x9e3779b9u;
  var x = ((word << 5u) | bit) ^ params.seed_low;
  x = (x ^ (x >> 17u)) * 0xed5ad4bbu + (params.seed_high ^ stretch);
  x = ((x ^ (x >> 11u)) * 0xac4c1b51u) ^ ((params.seed_low + stretch) * 0x85ebca6bu + params.seed_high);
  x = (x ^ (x >> 15u)) * 0x31848babu;
  return x ^ (x >> 14u);
}

fn tie_stretch(word: u32) -> u32 {
  return word >> 27u;
}
