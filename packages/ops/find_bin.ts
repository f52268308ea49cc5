import { SELECT_BINS } from "./select_histogram.ts";
import { KEY_DIGITS } from "./select_state.ts";

/** A histogram or a state, on the host. */
interface Words {
  readonly data: Uint32Array;
}

/** A count of 64 bits: of bin `bin` of what a selection's histogram counts in its `counter`-th two rows. */
export function countedIn({ data }: Words, counter: number, bin: number): number {
  const lower = 2 * counter * (SELECT_BINS + 1) + bin;
  return data[lower] + 2 ** 32 * data[lower + SELECT_BINS + 1];
}

/** The bin that a rank, counted from 1, leads to, and the rank within it: the last bin where the rank is beyond all counts. */
export function findBin(histogram: Words, counter: number, rank: number): { bin: number; rank: number } {
  let bin = 0, left = rank;
  while (bin < SELECT_BINS - 1 && countedIn(histogram, counter, bin) < left) {
    left -= countedIn(histogram, counter, bin++);
  }
  return { bin, rank: left };
}

/** Adds one to a bin. */
export function countIn({ data }: Words, counter: number, bin: number): void {
  const lower = 2 * counter * (SELECT_BINS + 1) + bin;
  data[lower]++;
  if (data[lower] === 0) data[lower + SELECT_BINS + 1]++;
}

/**
 * What ties are kept up to, as far as so many passes have counted them: the digits of the largest hash, and the last stretch in
 * which a tie of that very hash is kept, which is any where no pass has counted stretches.
 */
export function tieBound(
  histogram: Words,
  { data: state }: Words,
  passes: number,
): { readonly hash: number; readonly stretch: number } {
  let rank = state[1] + 2 ** 32 * state[3], hash = 0, stretch = 2 ** 32 - 1;
  for (let pass = 0; pass < passes; pass++) {
    const found = findBin(histogram, 1 + pass, rank);
    rank = found.rank;
    if (pass < KEY_DIGITS.length) hash |= found.bin << KEY_DIGITS[pass][0];
    else stretch = found.bin;
  }
  return { hash: hash >>> 0, stretch };
}
