/** All ones in the lanes whose bit, of the lowest four of `word`, is set. */
export function lanesOf(word: u32): v128 {
  const selected = v128.and(i32x4.splat(word), i32x4(1, 2, 4, 8));
  return i32x4.ne(selected, i32x4.splat(0));
}

/** The word that begins with bit `column` of a row of mask words: its lowest bits, up to the end of the stored word. */
export function bitsFrom(row: usize, column: usize): u32 {
  return load<u32>(row + ((column >> 5) << 2)) >> (<u32> column & 31);
}
