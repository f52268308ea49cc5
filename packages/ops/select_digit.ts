import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/select_digit.wgsl" with { type: "text" };
import { SELECT_BINS } from "./select_histogram.ts";

/**
 * Ends a pass of the radix selection: finds the digit whose bin of `histogram` [1, 2049] holds the wanted rank, appends it
 * at `shift` to the key in `state` [1, 4] = [key, rank within it, NaNs, 0], and empties the histogram. The first pass
 * (`first` = 1) sets the state up with `rank`, counted from 1.
 */
export const selectDigit = defineOp({
  name: "select_digit",
  shader,
  bindings: { state: "u32 inout", histogram: "u32 inout" },
  params: { shift: "u32", first: "u32", rank: "u32" },
  workgroups: () => [1],
  reference({ state, histogram }, { shift, first, rank }) {
    let left = first ? rank : state.data[1], digit = 0;
    while (digit < SELECT_BINS - 1 && histogram.data[digit] < left) left -= histogram.data[digit++];
    if (first) {
      state.data[2] = histogram.data[SELECT_BINS];
      state.data[3] = 0;
    }
    state.data[0] = (first ? 0 : state.data[0]) | (digit << shift);
    state.data[1] = left;
    histogram.data.fill(0);
  },
});
