import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/mask_weights.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { mask_weights as assembly } from "./wasm/signatures.ts";

/** The weights that a mask keeps: `out = weights ⊙ mask`, all [rows, cols]. */
export const maskWeights = defineOp({
  name: "mask_weights",
  shader: [grid, shader],
  bindings: { weights: "f32", mask: "bits", out: "f32 out" },
  shapes: { weights: ["m", "n"], mask: ["m", "n"], out: ["m", "n"] },
  panelled: ["weights", "mask", "out"],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ weights, mask, out }) {
    for (let i = 0; i < out.rows; i++) {
      for (let j = 0; j < out.cols; j++) {
        const kept = (mask.data[i * mask.wordsPerRow + (j >>> 5)] >>> (j & 31)) & 1;
        out.data[i * out.cols + j] = kept ? weights.data[i * out.cols + j] : 0;
      }
    }
  },
  accelerated({ weights, mask, out }, _, { address, launch }) {
    const { rows, cols } = out;
    launch(assembly.mask_weights, Math.ceil(rows / assembly.PART_ROWS), {
      weights: address(weights),
      mask: address(mask),
      maskPitch: mask.wordsPerRow * 4,
      out: address(out),
      rows,
      columns: cols,
    });
  },
});
