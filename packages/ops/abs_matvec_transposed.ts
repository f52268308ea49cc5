import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/abs_matvec_transposed.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";
import { abs_matvec_transposed as assembly } from "./wasm/signatures.ts";

/**
 * `y = (|W| ⊙ M)ᵀ c / divisor`, SynFlow's backward step: weights and mask [m, n], c [m, 1], divisor [1, 1], y [n, 1]. No
 * mask keeps all.
 */
export const absMatvecTransposed = defineOp({
  name: "abs_matvec_transposed",
  shader,
  bindings: { weights: "f32", mask: "bits?", c: "f32", divisor: "f32", y: "f32 inout" },
  shapes: { weights: ["m", "n"], mask: ["m", "n"], c: ["m", 1], divisor: [1, 1], y: ["n", 1] },
  panelled: ["weights", "mask"],
  vec4: ["weights"],
  tuning: ({ weights }, _, { software }) => ({
    LANES: 8,
    STRIPS: software ? 4 : 32,
    VECTORS: software ? 4 : 1,
    vec4: weights.cols % 4 === 0,
  }),
  workgroups: ({ weights }, _, { LANES, VECTORS }) => {
    return [Math.ceil(weights.cols / (4 * Number(LANES) * Number(VECTORS)))];
  },
  reference({ weights, mask, c, divisor, y }, { firstPanel, rowOffset }) {
    const sums = new Float64Array(weights.cols);
    for (let i = 0; i < weights.rows; i++) {
      const start = i * weights.cols, factor = c.data[rowOffset + i];
      if (!mask) {
        for (let j = 0; j < weights.cols; j++) sums[j] += Math.abs(weights.data[start + j]) * factor;
        continue;
      }
      for (let word = 0; word < mask.wordsPerRow; word++) {
        for (let left = mask.data[i * mask.wordsPerRow + word]; left !== 0; left &= left - 1) {
          const j = word * 32 + lowestBit(left);
          sums[j] += Math.abs(weights.data[start + j]) * factor;
        }
      }
    }
    sums.forEach((sum, j) => y.data[j] = sum / divisor.data[0] + (firstPanel ? 0 : y.data[j]));
  },
  accelerated({ weights, mask, c, divisor, y }, { firstPanel, rowOffset }, { address, launch }) {
    const { rows, cols } = weights;
    launch(assembly.abs_matvec_transposed, Math.ceil(cols / assembly.PART_COLUMNS), {
      weights: address(weights),
      mask: address(mask),
      maskPitch: (mask?.wordsPerRow ?? 0) * 4,
      rows,
      columns: cols,
      c: address(c) + rowOffset * 4,
      divisor: address(divisor),
      y: address(y),
      add: Number(!firstPanel),
    });
  },
});
