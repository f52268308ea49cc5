import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/magnitude_scores.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { floatFromBits, isKept } from "./float_bits.ts";
import { gridOf } from "./grid.ts";

/** Scores |w| [m, n]; where `mask` is zero, the float whose bits are `pruned`. */
export const magnitudeScores = defineOp({
  name: "magnitude_scores",
  shader: [grid, shader],
  bindings: { weights: "f32", mask: "bits?", scores: "f32 out" },
  params: { pruned: "u32" },
  panelled: ["weights", "mask", "scores"],
  workgroups: ({ weights }) => gridOf(weights.rows * weights.cols),
  reference({ weights, mask, scores }, { pruned }) {
    const { rows, cols } = weights;
    const gone = floatFromBits(pruned);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) {
        const index = i * cols + j;
        scores.data[index] = !mask || isKept(mask, i, j) ? Math.abs(weights.data[index]) : gone;
      }
    }
  },
});
