import { SELECT_ROWS, SELECT_WORDS } from "../select_state.ts";
import { type HostMatrix, output } from "./op_case.ts";
import { type CasesAtWidth, onSquare, type SampleCase } from "./sample_case.ts";
import { counting, mask, square, tieWords, zeros } from "./sample_matrices.ts";

const TIE_SEED = { seedLow: 1, seedHigh: 2 };

/** An op on a mask's ties in n×n scores of which some are zero: where none is to be kept, and where all are. */
function tieCases(
  n: number,
  rest: (given: Record<"ties" | "state" | "histogram", HostMatrix>) => Omit<SampleCase, "size">,
): SampleCase[] {
  return [0, 1000].map((kept) => {
    const state = { rows: 1, cols: 6, data: Uint32Array.of(2 ** 31, kept, 0, 0, 0, 0) };
    const histogram = zeros(SELECT_ROWS, 2049);
    return onSquare(n, kept === 0 ? "" : "with ties", rest({ ties: tieWords(n), state, histogram }));
  });
}

/** Cases of what selects by scores, and among ties, by name. */
export const selectionCases: Readonly<Record<string, CasesAtWidth>> = {
  keep_ties: (n) =>
    tieCases(n, ({ ties, state, histogram }) => ({
      args: { ties, state, histogram, mask: mask(n) },
      settings: { ...TIE_SEED, offset: 0, start: 0, next: 0, passes: 3 },
    })),
  mask_from_threshold: (n) =>
    tieCases(n, ({ ties, state, histogram }) => ({
      args: { scores: square(n), previous: mask(n), state, mask: output(n, n, "bits"), ties, histogram },
      settings: { ...TIE_SEED, offset: 0, start: 0 },
    })),
  select_digit: () => [{
    size: "2049 bins",
    args: { state: zeros(1, SELECT_WORDS), histogram: counting(SELECT_ROWS, 2049, 2) },
    settings: {
      shift: 21,
      first: 1,
      rankLow: 1000,
      rankHigh: 0,
      worthless: 0,
      breakTies: 1,
      row: 0,
    },
  }],
  select_histogram: (n) => [
    onSquare(n, "", {
      args: { scores: square(n), state: zeros(1, SELECT_WORDS), histogram: zeros(SELECT_ROWS, 2049) },
      settings: { shift: 21, digitBits: 11 },
    }),
  ],
  tie_histogram: (n) => tieCases(n, (args) => ({ args, settings: { ...TIE_SEED, offset: 0, passIndex: 1 } })),
};
