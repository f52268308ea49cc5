import { defineOp, type Shape } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/synflow_scores.wgsl" with { type: "text" };
import { assertRows, assertShape } from "./assert_shape.ts";
import { isKept } from "./float_bits.ts";
import { gridOf } from "./grid.ts";

/**
 * SynFlow's scores of one layer, `|w_ij| M_ij c_i r_j / divisor`: weights, mask and scores [m, n], c [m, 1], r [n, 1],
 * divisor [1, 1] (Tanaka et al. 2020, in the factorised form of design §2).
 */
export const synflowScores = defineOp({
  name: "synflow_scores",
  shader: [grid, shader],
  bindings: { weights: "f32", mask: "bits?", c: "f32", r: "f32", divisor: "f32", scores: "f32 out" },
  panelled: ["weights", "mask", "scores"],
  workgroups: (shapes) => {
    assertShapes(shapes);
    return gridOf(shapes.weights.rows * shapes.weights.cols);
  },
  reference(views, { rowOffset }) {
    assertShapes(views);
    const { weights, mask, c, r, divisor, scores } = views;
    for (let i = 0; i < weights.rows; i++) {
      const factor = c.data[rowOffset + i] / divisor.data[0];
      for (let j = 0; j < weights.cols; j++) {
        const index = i * weights.cols + j;
        scores.data[index] = !mask || isKept(mask, i, j)
          ? Math.abs(weights.data[index]) * factor * r.data[j]
          : 0;
      }
    }
  },
});

function assertShapes(
  { weights, mask, c, r, divisor, scores }:
    & Record<"weights" | "c" | "r" | "divisor" | "scores", Shape>
    & { mask?: Shape },
): void {
  if (mask) assertShape("synflow_scores", "mask", mask, weights.rows, weights.cols);
  assertRows("synflow_scores", "c", c, weights.rows);
  assertShape("synflow_scores", "r", r, weights.cols, 1);
  assertShape("synflow_scores", "divisor", divisor, 1, 1);
  assertShape("synflow_scores", "scores", scores, weights.rows, weights.cols);
}
