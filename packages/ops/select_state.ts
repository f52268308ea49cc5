/**
 * Words of a selection's state, [1, 6] of u32. Numbers of 64 bits are two words.
 *
 * - 0: the key of the threshold (`orderKey`), digit by digit.
 * - 1, 3: the rank within what has the digits found so far; once the threshold is found, how many of the ties at it are to be
 *   kept: the rank, among their hashes, of the last of them.
 * - 2: scores that are no numbers, at most 2³² − 1.
 * - 4, 5: how many scores are at the threshold.
 */
export const SELECT_WORDS = 6;

/** Digits of a 32-bit key, from the top: shift and bits. */
export const KEY_DIGITS = [[21, 11], [10, 11], [0, 10]] as const;

/** Passes of counting ties: by the digits of their hashes, and by their stretches of 2³² positions. */
export const TIE_PASSES = KEY_DIGITS.length + 1;

/**
 * Rows of a selection's histogram, two for each thing that is counted, the lower halves of 64-bit counts and the upper: a digit
 * of the scores, and what each pass over the ties counts.
 */
export const SELECT_ROWS = 2 * (1 + TIE_PASSES);

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
