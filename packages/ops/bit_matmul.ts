import { defineOp, type Shape } from "@graphon-limit/runtime";
import shader from "../../shaders/bit_matmul.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { lowestBit } from "./float_bits.ts";
import { gridOf } from "./grid.ts";

/** `out = M x`, a mask of zeros and ones [m, n] times a matrix [n, k]: sums of the rows of `x` that a mask's row keeps. */
export const bitMatmul = defineOp({
  name: "bit_matmul",
  shader: [grid, shader],
  bindings: { mask: "bits", x: "f32", out: "f32 inout" },
  panelled: ["mask"],
  workgroups: (shapes) => {
    assertShapes(shapes);
    return gridOf(shapes.mask.rows * shapes.x.cols);
  },
  reference(views, { rowOffset }) {
    assertShapes(views);
    const { mask, x, out } = views;
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
});

function assertShapes({ mask, x, out }: Record<"mask" | "x" | "out", Shape>): void {
  assertShape("bit_matmul", "x", x, mask.cols, x.cols);
  // `out` is seen whole: a panel of the mask has fewer rows.
  assertShape("bit_matmul", "out", out, Math.max(out.rows, mask.rows), x.cols);
}
