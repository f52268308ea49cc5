import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/select_digit.wgsl" with { type: "text" };
import findBinShader from "../../shaders/shared/find_bin.wgsl" with { type: "text" };
import { countedIn, findBin } from "./find_bin.ts";
import { SELECT_BINS } from "./select_histogram.ts";
import { SELECT_ROWS, SELECT_WORDS } from "./select_state.ts";

/**
 * Ends a pass of the radix selection: finds the digit whose bin of `histogram` [10, 2049] holds the wanted rank, appends it
 * at `shift` to the key in `state`, and empties the scores' bins. The first pass (`first` = 1) sets the state up with the rank,
 * counted from 1.
 *
 * Once all digits are found (`shift` is 0) it says how many ties there are and how many of them to keep: all but those that the
 * rank counts. None are where the score's key is at most `worthless`, which then is the threshold, or where `breakTies` is not 1;
 * passes over ties then do nothing. The bins of ties are emptied too, for them to be counted.
 *
 * The state as it is then is copied to row `row` of `history` [h, 6] where that is given: thresholds of many selections, to be read
 * together. Other digits leave it as it is.
 *
 * What each word of the state and each row of the histogram is: `packages/ops/select_state.ts`.
 */
export const selectDigit = defineOp({
  name: "select_digit",
  shader: [findBinShader, shader],
  bindings: { state: "u32 inout", histogram: "u32 inout", history: "u32 inout?" },
  params: {
    shift: "u32",
    first: "u32",
    rankLow: "u32",
    rankHigh: "u32",
    worthless: "u32",
    breakTies: "u32",
    row: "u32",
  },
  shapes: {
    state: [1, SELECT_WORDS],
    histogram: [SELECT_ROWS, SELECT_BINS + 1],
    history: ["h", SELECT_WORDS],
  },
  rules: [{
    says: "a row of the history",
    holds: ({ history }, { row }) => history === undefined || row < history.rows,
  }],
  workgroups: () => [1],
  reference({ state: { data: state }, histogram, history }, settings) {
    const { shift, first, rankLow, rankHigh, worthless, breakTies, row } = settings;
    const setWide = (low: number, high: number, value: number) => {
      state[low] = value % 2 ** 32;
      state[high] = Math.floor(value / 2 ** 32);
    };
    const wanted = first ? rankLow + 2 ** 32 * rankHigh : state[1] + 2 ** 32 * state[3];
    const { bin: digit, rank } = findBin(histogram, 0, wanted);
    if (first) state[2] = Math.min(countedIn(histogram, 0, SELECT_BINS), 2 ** 32 - 1);
    state[0] = (first ? 0 : state[0]) | (digit << shift);
    if (shift === 0) {
      const ties = countedIn(histogram, 0, digit), counts = breakTies === 1 && state[0] > worthless;
      setWide(4, 5, ties);
      setWide(1, 3, counts ? ties - rank : 0);
      state[0] = Math.max(state[0], worthless);
      history?.data.set(state, row * SELECT_WORDS);
      histogram.data.fill(0);
    } else {
      setWide(1, 3, rank);
      histogram.data.fill(0, 0, 2 * (SELECT_BINS + 1));
    }
  },
});
