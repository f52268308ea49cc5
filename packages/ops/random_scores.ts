import { defineOp, elementBlock, STREAM, uniformFromBits } from "@graphon-limit/runtime";
import shader from "../../shaders/random_scores.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import philox from "../../shaders/shared/philox.wgsl" with { type: "text" };
import { floatFromBits, isKept } from "./float_bits.ts";
import { gridOf } from "./grid.ts";
import { random_scores as assembly } from "./wasm/signatures.ts";

/**
 * Independent uniform scores [m, n] in [0, 1), 24 bits each, a function of seed, layer, row and column. Where `mask` is
 * zero the score is the float whose bits are `pruned`.
 */
export const randomScores = defineOp({
  name: "random_scores",
  shader: [grid, philox, shader],
  bindings: { mask: "bits?", scores: "f32 out" },
  params: { seedLow: "u32", seedHigh: "u32", layer: "u32", pruned: "u32" },
  shapes: { mask: ["m", "n"], scores: ["m", "n"] },
  panelled: ["scores", "mask"],
  workgroups: ({ scores }) => gridOf(scores.rows * Math.ceil(scores.cols / 4)),
  reference({ scores, mask }, { seedLow, seedHigh, layer, pruned, rowOffset }) {
    const { rows, cols, data } = scores;
    const bits = new Uint32Array(4), gone = floatFromBits(pruned);
    const seed = [seedLow, seedHigh] as const;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) {
        if (j % 4 === 0) elementBlock(seed, STREAM.scores, layer, rowOffset + i, j, bits);
        data[i * cols + j] = !mask || isKept(mask, i, j) ? uniformFromBits(bits[j % 4]) : gone;
      }
    }
  },
  accelerated({ scores, mask }, { seedLow, seedHigh, layer, pruned, rowOffset }, { address, launch }) {
    const { rows, cols } = scores;
    launch(assembly.random_scores, Math.ceil(rows / assembly.PART_ROWS), {
      mask: address(mask),
      maskPitch: (mask?.wordsPerRow ?? 0) * 4,
      scores: address(scores),
      rows,
      columns: cols,
      firstRow: rowOffset,
      seedLow,
      seedHigh,
      layer,
      pruned,
    });
  },
});
