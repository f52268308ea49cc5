/** All ones in the lanes whose bit, of the lowest four of `word`, is set. */
export function lanesOf(word: u32): v128 {
  const each = i32x4(1, 2, 4, 8);
  return i32x4.eq(v128.and(i32x4.splat(word), each), each);
}

/** The word that begins with bit `column` of a row of mask words: its lowest bits, up to the end of the stored word. */
export function bitsFrom(row: usize, column: usize): u32 {
  return load<u32>(row + ((column >> 5) << 2)) >> (<u32> column & 31);
}
