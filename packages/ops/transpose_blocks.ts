import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/transpose_blocks.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/**
 * Transposes each of the blocks that x consists of, one after another in memory, as row-major matrices [blockRows, blockCols].
 * Between a signal [channels, samples · positions] and the same with positions as rows, [channels · positions, samples], lies a
 * transposition of a block [samples, positions] for each channel.
 */
export const transposeBlocks = defineOp({
  name: "transpose_blocks",
  shader: [grid, shader],
  bindings: { x: "f32", out: "f32 out" },
  params: { blockRows: "u32", blockCols: "u32" },
  shapes: { x: ["m", "n"], out: ["rows", "cols"] },
  rules: [
    {
      says: "as many elements in x as in out, and whole blocks of them",
      holds: ({ x, out }, { blockRows, blockCols }) => {
        const count = x.rows * x.cols, size = blockRows * blockCols;
        return count === out.rows * out.cols && (count === 0 || (size > 0 && count % size === 0));
      },
    },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, out }, { blockRows, blockCols }) {
    for (let start = 0; start < x.rows * x.cols; start += blockRows * blockCols) {
      for (let i = 0; i < blockRows; i++) {
        const from = start + i * blockCols;
        for (let j = 0; j < blockCols; j++) out.data[start + j * blockRows + i] = x.data[from + j];
      }
    }
  },
});
