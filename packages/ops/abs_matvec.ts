import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/abs_matvec.wgsl" with { type: "text" };
import fold from "../../shaders/shared/fold.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";
import { foldTuning } from "./fold.ts";
import { groupGrid } from "./grid.ts";
import { abs_matvec as assembly } from "./wasm/signatures.ts";

/** `y = (|W| ⊙ M) r`, SynFlow's forward step: weights and mask [m, n], r [n, 1], y [m, 1]. No mask keeps all. */
export const absMatvec = defineOp({
  name: "abs_matvec",
  shader: [fold, shader],
  bindings: { weights: "f32", mask: "bits?", r: "f32", y: "f32 out" },
  shapes: { weights: ["m", "n"], mask: ["m", "n"], r: ["n", 1], y: ["m", 1] },
  panelled: ["weights", "mask"],
  vec4: ["weights", "r"],
  tuning: ({ weights }, _, info) => ({
    ...foldTuning(info, 64),
    split: !info.software,
    vec4: weights.cols % 4 === 0,
  }),
  workgroups: ({ weights }, _, { split }) => groupGrid(split ? weights.rows : Math.ceil(weights.rows / 64)),
  reference({ weights, mask, r, y }, { rowOffset }) {
    for (let i = 0; i < weights.rows; i++) {
      let sum = 0;
      const start = i * weights.cols;
      if (!mask) {
        for (let j = 0; j < weights.cols; j++) sum += Math.abs(weights.data[start + j]) * r.data[j];
      } else {
        for (let word = 0; word < mask.wordsPerRow; word++) {
          for (let left = mask.data[i * mask.wordsPerRow + word]; left !== 0; left &= left - 1) {
            const j = word * 32 + lowestBit(left);
            sum += Math.abs(weights.data[start + j]) * r.data[j];
          }
        }
      }
      y.data[rowOffset + i] = sum;
    }
  },
  accelerated({ weights, mask, r, y }, { rowOffset }, { address, launch }) {
    const { rows, cols } = weights;
    launch(assembly.abs_matvec, Math.ceil(rows / assembly.PART_ROWS), {
      weights: address(weights),
      mask: address(mask),
      maskPitch: (mask?.wordsPerRow ?? 0) * 4,
      rows,
      columns: cols,
      r: address(r),
      y: address(y) + rowOffset * 4,
    });
  },
});
