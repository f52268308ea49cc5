import { defineOp, type Shape } from "@graphon-limit/runtime";
import shader from "../../shaders/synflow_scores.wgsl" with { type: "text" };
import { assertRows, assertShape } from "./assert_shape.ts";
import { lowestBit } from "./float_bits.ts";
import { blockGrid } from "./grid.ts";

/**
 * SynFlow's scores of one layer, `|w_ij| M_ij c_i r_j / divisor`: weights, mask and scores [m, n], c [m, 1], r [n, 1],
 * divisor [1, 1] (Tanaka et al. 2020, in the factorised form of design §2).
 */
export const synflowScores = defineOp({
  name: "synflow_scores",
  shader,
  bindings: { weights: "f32", mask: "bits?", c: "f32", r: "f32", divisor: "f32", scores: "f32 out" },
  panelled: ["weights", "mask", "scores"],
  vec4: ["weights", "r", "scores"],
  tuning: ({ weights }) => ({ vec4: weights.cols % 4 === 0 }),
  workgroups: (shapes) => {
    assertShapes(shapes);
    return blockGrid(shapes.weights.rows, shapes.weights.cols);
  },
  reference(views, { rowOffset }) {
    assertShapes(views);
    const { weights, mask, c, r, divisor, scores } = views;
    if (mask) scores.data.fill(0);
    for (let i = 0; i < weights.rows; i++) {
      const factor = c.data[rowOffset + i] / divisor.data[0], start = i * weights.cols;
      if (!mask) {
        for (let j = 0; j < weights.cols; j++) {
          scores.data[start + j] = Math.abs(weights.data[start + j]) * factor * r.data[j];
        }
        continue;
      }
      for (let word = 0; word < mask.wordsPerRow; word++) {
        for (let left = mask.data[i * mask.wordsPerRow + word]; left !== 0; left &= left - 1) {
          const j = word * 32 + lowestBit(left);
          scores.data[start + j] = Math.abs(weights.data[start + j]) * factor * r.data[j];
        }
      }
    }
  },
  accelerated(views, { rowOffset }, kernels) {
    assertShapes(views);
    const { weights, mask, c, r, divisor, scores } = views;
    kernels.launch(
      "synflow_scores",
      Math.ceil(weights.rows / 32),
      ...[kernels.address(weights), kernels.address(mask), (mask?.wordsPerRow ?? 0) * 4],
      ...[weights.rows, weights.cols, kernels.address(c) + rowOffset * 4, kernels.address(r)],
      ...[kernels.address(divisor), kernels.address(scores)],
    );
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
