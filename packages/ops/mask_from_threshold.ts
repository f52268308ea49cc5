import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/mask_from_threshold.wgsl" with { type: "text" };
import floatOrder from "../../shaders/shared/float_order.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { orderKey } from "./float_order.ts";
import { gridOf } from "./grid.ts";
import { firstPlace, keepsTies, SELECT_WORDS } from "./select_state.ts";
import { mask_from_threshold as assembly } from "./wasm/signatures.ts";

/**
 * The mask [m, n] that keeps an entry iff its score is above the threshold in `state` (from `kthSmallest`) and, where
 * `previous` is given, it was kept before. Ties at the threshold go (docs/mathematics.md §2).
 *
 * Where some of them are to be kept, `ties` [1, w] notes them: the words of a mask of the entries that are at the threshold and
 * were kept before, row after row. The mask's first row begins at word `start` of it, modulo 2³², and words that it does not have
 * are not noted, so that it may be for some panels of the mask alone. Where none is to be kept, it is left as it is.
 */
export const maskFromThreshold = defineOp({
  name: "mask_from_threshold",
  shader: [grid, floatOrder, shader],
  bindings: { scores: "f32", previous: "bits?", state: "u32", mask: "bits out", ties: "u32 inout?" },
  params: { start: "u32" },
  shapes: {
    scores: ["m", "n"],
    previous: ["m", "n"],
    state: [1, SELECT_WORDS],
    mask: ["m", "n"],
    ties: [1, "w"],
  },
  panelled: ["scores", "previous", "mask"],
  workgroups: ({ mask }) => gridOf(mask.rows * mask.wordsPerRow),
  reference({ scores, previous, state, mask, ties }, { start, rowOffset }) {
    const bits = new Uint32Array(scores.data.buffer, scores.data.byteOffset, scores.data.length);
    const threshold = state.data[0], noted = ties && keepsTies(state) ? ties.data : undefined;
    const first = firstPlace(start, rowOffset, mask);
    for (let i = 0; i < mask.rows; i++) {
      for (let w = 0; w < mask.wordsPerRow; w++) {
        const target = i * mask.wordsPerRow + w, source = i * mask.cols + w * 32;
        const count = Math.min(32, mask.cols - w * 32), before = previous ? previous.data[target] : -1;
        let word = 0, tied = 0;
        for (let bit = 0; bit < count; bit++) {
          const key = orderKey(bits[source + bit]);
          word |= (key > threshold ? 1 : 0) << bit;
          tied |= (key === threshold ? 1 : 0) << bit;
        }
        mask.data[target] = word & before;
        if (noted) noted[(first + target) % 2 ** 32] = tied & before;
      }
    }
  },
  accelerated({ scores, previous, state, mask, ties }, { start, rowOffset }, { address, launch }) {
    const { rows, cols, wordsPerRow } = mask;
    const partRows = Math.max(1, Math.floor(assembly.PART_WORDS / wordsPerRow));
    launch(assembly.mask_from_threshold, wordsPerRow === 0 ? 0 : Math.ceil(rows / partRows), {
      scores: address(scores),
      previous: address(previous),
      state: address(state),
      mask: address(mask),
      ties: ties && keepsTies(state) ? address(ties) : 0,
      tieWords: ties?.cols ?? 0,
      start: firstPlace(start, rowOffset, mask),
      rows,
      columns: cols,
    });
  },
});
