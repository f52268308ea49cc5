import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/synflow_scores.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";
import { blockGrid } from "./grid.ts";
import { synflow_scores as assembly } from "./wasm/signatures.ts";

/**
 * SynFlow's scores of one layer, `|w_ij| M_ij c_i r_j / divisor`: weights, mask and scores [m, n], c [m, 1], r [n, 1],
 * divisor [1, 1] (Tanaka et al. 2020, in the factorised form of docs/mathematics.md §2).
 */
export const synflowScores = defineOp({
  name: "synflow_scores",
  shader,
  bindings: { weights: "f32", mask: "bits?", c: "f32", r: "f32", divisor: "f32", scores: "f32 out" },
  shapes: {
    weights: ["m", "n"],
    mask: ["m", "n"],
    c: ["m", 1],
    r: ["n", 1],
    divisor: [1, 1],
    scores: ["m", "n"],
  },
  panelled: ["weights", "mask", "scores"],
  vec4: ["weights", "r", "scores"],
  tuning: ({ weights }) => ({ vec4: weights.cols % 4 === 0 }),
  workgroups: ({ weights }) => blockGrid(weights.rows, weights.cols),
  reference({ weights, mask, c, r, divisor, scores }, { rowOffset }) {
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
  accelerated({ weights, mask, c, r, divisor, scores }, { rowOffset }, { address, launch }) {
    const { rows, cols } = weights;
    launch(assembly.synflow_scores, Math.ceil(rows / assembly.PART_ROWS), {
      weights: address(weights),
      mask: address(mask),
      maskPitch: (mask?.wordsPerRow ?? 0) * 4,
      rows,
      columns: cols,
      c: address(c) + rowOffset * 4,
      r: address(r),
      divisor: address(divisor),
      scores: address(scores),
    });
  },
});
