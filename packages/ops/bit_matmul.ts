import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/bit_matmul.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";
import { gridOf } from "./grid.ts";
import { bit_matmul as assembly } from "./wasm/signatures.ts";

/** `out = M x`, a mask of zeros and ones [m, n] times a matrix [n, k]: sums of the rows of `x` that a mask's row keeps. */
export const bitMatmul = defineOp({
  name: "bit_matmul",
  shader: [grid, shader],
  bindings: { mask: "bits", x: "f32", out: "f32 inout" },
  shapes: { mask: ["m", "n"], x: ["n", "k"], out: ["m", "k"] },
  panelled: ["mask"],
  workgroups: ({ mask, x }) => gridOf(mask.rows * x.cols),
  reference({ mask, x, out }, { rowOffset }) {
    const sums = new Float64Array(x.cols);
    for (let i = 0; i < mask.rows; i++) {
      sums.fill(0);
      for (let word = 0; word < mask.wordsPerRow; word++) {
        for (let left = mask.data[i * mask.wordsPerRow + word]; left !== 0; left &= left - 1) {
          const start = (word * 32 + lowestBit(left)) * x.cols;
          for (let c = 0; c < x.cols; c++) sums[c] += x.data[start + c];
        }
      }
      out.data.set(sums, (rowOffset + i) * x.cols);
    }
  },
  accelerated({ mask, x, out }, { rowOffset }, { address, launch }) {
    launch(assembly.bit_matmul, Math.ceil(mask.rows / assembly.PART_ROWS), {
      mask: address(mask),
      rows: mask.rows,
      words: mask.wordsPerRow,
      x: address(x),
      width: x.cols,
      out: address(out) + rowOffset * x.cols * 4,
    });
  },
});
