import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/magnitude_scores.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { floatFromBits, lowestBit } from "./float_bits.ts";
import { gridOf } from "./grid.ts";

/** Scores |w| [m, n]; where `mask` is zero, the float whose bits are `pruned`. */
export const magnitudeScores = defineOp({
  name: "magnitude_scores",
  shader: [grid, shader],
  bindings: { weights: "f32", mask: "bits?", scores: "f32 out" },
  params: { pruned: "u32" },
  shapes: { weights: ["m", "n"], mask: ["m", "n"], scores: ["m", "n"] },
  panelled: ["weights", "mask", "scores"],
  workgroups: ({ weights }) => gridOf(weights.rows * Math.ceil(weights.cols / 4)),
  reference({ weights, mask, scores }, { pruned }) {
    if (!mask) {
      for (let index = 0; index < weights.data.length; index++) {
        scores.data[index] = Math.abs(weights.data[index]);
      }
      return;
    }
    scores.data.fill(floatFromBits(pruned));
    for (let i = 0; i < mask.rows; i++) {
      for (let word = 0; word < mask.wordsPerRow; word++) {
        for (let left = mask.data[i * mask.wordsPerRow + word]; left !== 0; left &= left - 1) {
          const index = i * mask.cols + word * 32 + lowestBit(left);
          scores.data[index] = Math.abs(weights.data[index]);
        }
      }
    }
  },
});
