import { defineOp, type View } from "@graphon-limit/runtime";
import shader from "../../shaders/head_scores.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { areHeadsOf, HEAD_PARAMS, HEADS_SAY, visitHeads } from "./heads.ts";
import { head_scores as assembly } from "./wasm/signatures.ts";

/**
 * The products of tokens with tokens of the same sample, head by head, as of queries with keys:
 * `out[(h, t), (b, s)] = scale · Σ_c left[(h, c), (b, s)] right[(h, c), (b, t)]`, or that added. left and right [channels, samples ·
 * tokens], `out` [heads · tokens, samples · tokens]; the side of fewer samples is gone through again and again.
 */
export const headScores = defineOp({
  name: "head_scores",
  shader: [grid, shader],
  bindings: { left: "f32", right: "f32", out: "f32 inout" },
  params: HEAD_PARAMS,
  shapes: { left: ["channels", "leftCols"], right: ["channels", "rightCols"], out: ["rows", "cols"] },
  rules: [
    {
      says: HEADS_SAY,
      holds: ({ left, right, out }, settings) =>
        areHeadsOf({ channels: [left, right], weights: [out], out }, settings),
    },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ left, right, out }, settings) {
    const { tokens, scale, accumulate } = settings;
    visitHeads({ ...left, cols: out.cols }, settings, (first, channels, row, column) => {
      for (let t = 0; t < tokens; t++) {
        for (let s = 0; s < tokens; s++) {
          let sum = 0;
          for (let c = first; c < first + channels; c++) {
            sum += at(left, c, column + s) * at(right, c, column + t);
          }
          const to = (row + t) * out.cols + column + s;
          out.data[to] = scale * sum + (accumulate ? out.data[to] : 0);
        }
      }
    });
  },
  accelerated({ left, right, out }, settings, { address, launch }) {
    const { heads, tokens, scale, accumulate } = settings, samples = out.cols / tokens;
    launch(assembly.head_scores, heads * Math.ceil(samples / assembly.PART_SAMPLES), {
      left: address(left),
      leftColumns: left.cols,
      right: address(right),
      rightColumns: right.cols,
      out: address(out),
      columns: out.cols,
      channels: left.rows / heads,
      tokens,
      scale,
      add: accumulate,
    });
  },
});

function at({ data, cols }: View, row: number, column: number): number {
  return data[row * cols + column % cols];
}
