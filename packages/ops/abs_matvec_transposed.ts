import { defineOp, type Shape } from "@graphon-limit/runtime";
import shader from "../../shaders/abs_matvec_transposed.wgsl" with { type: "text" };
import { assertRows, assertShape } from "./assert_shape.ts";
import { isKept } from "./float_bits.ts";

/**
 * `y = (|W| ⊙ M)ᵀ c / divisor`, SynFlow's backward step: weights and mask [m, n], c [m, 1], divisor [1, 1], y [n, 1]. No
 * mask keeps all.
 */
export const absMatvecTransposed = defineOp({
  name: "abs_matvec_transposed",
  shader,
  bindings: { weights: "f32", mask: "bits?", c: "f32", divisor: "f32", y: "f32 inout" },
  panelled: ["weights", "mask"],
  workgroups: (shapes) => {
    assertShapes(shapes);
    return [Math.ceil(shapes.weights.cols / 64)];
  },
  reference(views, { firstPanel, rowOffset }) {
    assertShapes(views);
    const { weights, mask, c, divisor, y } = views;
    const sums = new Float64Array(weights.cols);
    for (let i = 0; i < weights.rows; i++) {
      const start = i * weights.cols, factor = c.data[rowOffset + i];
      if (factor === 0) continue;
      for (let j = 0; j < weights.cols; j++) {
        if (!mask || isKept(mask, i, j)) sums[j] += Math.abs(weights.data[start + j]) * factor;
      }
    }
    sums.forEach((sum, j) => y.data[j] = sum / divisor.data[0] + (firstPanel ? 0 : y.data[j]));
  },
});

function assertShapes(
  { weights, mask, c, divisor, y }: Record<"weights" | "c" | "divisor" | "y", Shape> & { mask?: Shape },
): void {
  if (mask) assertShape("abs_matvec_transposed", "mask", mask, weights.rows, weights.cols);
  assertRows("abs_matvec_transposed", "c", c, weights.rows);
  assertShape("abs_matvec_transposed", "divisor", divisor, 1, 1);
  assertShape("abs_matvec_transposed", "y", y, weights.cols, 1);
}
