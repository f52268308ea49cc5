import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/select_digit.wgsl" with { type: "text" };
import { SELECT_BINS } from "./select_histogram.ts";
import { HASH_WORD, SELECT_WORDS, STRETCH_WORD } from "./select_state.ts";

/**
 * Ends a pass of the radix selection: finds the digit whose bin of `histogram` [2, 2049] holds the wanted rank, appends it
 * at `shift` to the key in word `word` of `state`, and empties the histogram. A key's first pass (`first` = 1) begins it; that of
 * the score's sets the state up with the rank, counted from 1.
 *
 * Once all of a score's digits are found (`word` and `shift` are 0) it says how many ties there are and how many of them to
 * keep: all but those that the rank counts. None are where the score's key is at most `worthless`, which then is the threshold,
 * or where `breakTies` is not 1; passes over hashes then do nothing. A rank beyond all counts leads to the last bin, so that of
 * fewer ties than are to be kept all are.
 *
 * The state as it is then is copied to row `row` of `history` [h, 8] where that is given: thresholds of many selections, to be read
 * together. Other digits leave it as it is.
 *
 * What each word of the state is: `packages/ops/select_state.ts`.
 */
export const selectDigit = defineOp({
  name: "select_digit",
  shader,
  bindings: { state: "u32 inout", histogram: "u32 inout", history: "u32 inout?" },
  params: {
    word: "u32",
    shift: "u32",
    first: "u32",
    rankLow: "u32",
    rankHigh: "u32",
    worthless: "u32",
    breakTies: "u32",
    row: "u32",
  },
  shapes: { state: [1, SELECT_WORDS], histogram: [2, SELECT_BINS + 1], history: ["h", SELECT_WORDS] },
  rules: [{
    says: "the word of a key: 0, 4 or 5",
    holds: (_, { word }) => [0, HASH_WORD, STRETCH_WORD].includes(word),
  }, {
    says: "a row of the history",
    holds: ({ history }, { row }) => history === undefined || row < history.rows,
  }],
  workgroups: () => [1],
  reference({ state: { data: state }, histogram, history }, settings) {
    const { word, shift, first, rankLow, rankHigh, worthless, breakTies, row } = settings,
      ofScores = word === 0;
    const wide = (low: number, high: number) => low + 2 ** 32 * high;
    const counted = (bin: number) => wide(histogram.data[bin], histogram.data[SELECT_BINS + 1 + bin]);
    const setWide = (low: number, high: number, value: number) => {
      state[low] = value % 2 ** 32;
      state[high] = Math.floor(value / 2 ** 32);
    };
    if (!ofScores && (state[1] | state[3]) === 0) return;
    let left = ofScores && first ? wide(rankLow, rankHigh) : wide(state[1], state[3]), digit = 0;
    while (digit < SELECT_BINS - 1 && counted(digit) < left) left -= counted(digit++);
    if (ofScores && first) state[2] = Math.min(counted(SELECT_BINS), 2 ** 32 - 1);
    state[word] = (first ? 0 : state[word]) | (digit << shift);
    if (ofScores && shift === 0) {
      const ties = counted(digit), counts = breakTies === 1 && state[0] > worthless;
      state[HASH_WORD] = 0;
      state[STRETCH_WORD] = 2 ** 32 - 1;
      setWide(6, 7, ties);
      setWide(1, 3, counts ? ties - left : 0);
      state[0] = Math.max(state[0], worthless);
      history?.data.set(state, row * SELECT_WORDS);
    } else setWide(1, 3, left);
    histogram.data.fill(0);
  },
});
