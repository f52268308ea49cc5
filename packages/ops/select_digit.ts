import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/select_digit.wgsl" with { type: "text" };
import { SELECT_BINS } from "./select_histogram.ts";

/**
 * Ends a pass of the radix selection: finds the digit whose bin of `histogram` [2, 2049] holds the wanted rank, appends it
 * at `shift` to the key in `state` [1, 4], and empties the histogram. The first pass (`first` = 1) sets the state up with
 * the rank, counted from 1.
 *
 * The state is [key, lower half of the rank within it, NaNs (at most 2³² − 1), upper half of the rank].
 */
export const selectDigit = defineOp({
  name: "select_digit",
  shader,
  bindings: { state: "u32 inout", histogram: "u32 inout" },
  params: { shift: "u32", first: "u32", rankLow: "u32", rankHigh: "u32" },
  shapes: { state: [1, 4], histogram: [2, SELECT_BINS + 1] },
  workgroups: () => [1],
  reference({ state, histogram }, { shift, first, rankLow, rankHigh }) {
    const wide = (low: number, high: number) => low + 2 ** 32 * high;
    const counted = (bin: number) => wide(histogram.data[bin], histogram.data[SELECT_BINS + 1 + bin]);
    let left = first ? wide(rankLow, rankHigh) : wide(state.data[1], state.data[3]), digit = 0;
    while (digit < SELECT_BINS - 1 && counted(digit) < left) left -= counted(digit++);
    if (first) state.data[2] = Math.min(counted(SELECT_BINS), 2 ** 32 - 1);
    state.data[0] = (first ? 0 : state.data[0]) | (digit << shift);
    state.data[1] = left % 2 ** 32;
    state.data[3] = Math.floor(left / 2 ** 32);
    histogram.data.fill(0);
  },
});
