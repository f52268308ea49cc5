import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/mask_from_threshold.wgsl" with { type: "text" };
import floatOrder from "../../shaders/shared/float_order.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { orderKey } from "./float_order.ts";
import { gridOf } from "./grid.ts";
import { mask_from_threshold as assembly } from "./wasm/signatures.ts";

/**
 * The mask [m, n] that keeps an entry iff its score is above the threshold in `state` (from `kthSmallest`) and, where
 * `previous` is given, it was kept before. Ties at the threshold go (docs/mathematics.md §2).
 */
export const maskFromThreshold = defineOp({
  name: "mask_from_threshold",
  shader: [grid, floatOrder, shader],
  bindings: { scores: "f32", previous: "bits?", state: "u32", mask: "bits out" },
  shapes: { scores: ["m", "n"], previous: ["m", "n"], state: [1, 4], mask: ["m", "n"] },
  panelled: ["scores", "previous", "mask"],
  workgroups: ({ mask }) => gridOf(mask.rows * mask.wordsPerRow),
  reference({ scores, previous, state, mask }) {
    const bits = new Uint32Array(scores.data.buffer, scores.data.byteOffset, scores.data.length);
    const threshold = state.data[0];
    for (let i = 0; i < mask.rows; i++) {
      for (let w = 0; w < mask.wordsPerRow; w++) {
        const target = i * mask.wordsPerRow + w, source = i * mask.cols + w * 32;
        const count = Math.min(32, mask.cols - w * 32);
        let word = 0;
        for (let bit = 0; bit < count; bit++) {
          word |= (orderKey(bits[source + bit]) > threshold ? 1 : 0) << bit;
        }
        mask.data[target] = previous ? word & previous.data[target] : word;
      }
    }
  },
  accelerated({ scores, previous, state, mask }, _, { address, launch }) {
    const { rows, cols, wordsPerRow } = mask;
    const partRows = Math.max(1, Math.floor(assembly.PART_WORDS / wordsPerRow));
    launch(assembly.mask_from_threshold, wordsPerRow === 0 ? 0 : Math.ceil(rows / partRows), {
      scores: address(scores),
      previous: address(previous),
      state: address(state),
      mask: address(mask),
      rows,
      columns: cols,
    });
  },
});
