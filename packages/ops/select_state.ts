/**
 * Words of a selection's state, [1, 8] of u32. Numbers of 64 bits are two words.
 *
 * - 0: the key of the threshold (`orderKey`), digit by digit.
 * - 1, 3: the rank within what has the digits found so far; once the threshold is found, how many of the ties at it are to be
 *   kept, then the rank among their hashes, which is never 0 unless none is.
 * - 2: scores that are no numbers, at most 2³² − 1.
 * - 4: the largest hash of a tie that is kept ({@linkcode HASH_WORD}), digit by digit.
 * - 5: the last stretch of 2³² positions in which a tie of that very hash is kept ({@linkcode STRETCH_WORD}).
 * - 6, 7: how many scores are at the threshold.
 */
export const SELECT_WORDS = 8;

/** Where the state holds the hash. */
export const HASH_WORD = 4;

/** Where the state holds the stretch. */
export const STRETCH_WORD = 5;

/** Digits of a 32-bit key, from the top: shift and bits. */
export const KEY_DIGITS = [[21, 11], [10, 11], [0, 10]] as const;

/** Where in the words of ties a panel of a mask begins whose first row does at `start`, modulo 2³². */
export function firstPlace(
  start: number,
  rowOffset: number,
  { wordsPerRow }: { wordsPerRow: number },
): number {
  return (start + rowOffset * wordsPerRow) % 2 ** 32;
}

/** Whether a state, its threshold found, says that ties are to be kept. */
export function keepsTies({ data }: { data: Uint32Array }): boolean {
  return (data[1] | data[3]) !== 0;
}
