import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/sum_blocks.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/** The sum of the blocks of m rows that x [blocks · m, n] is made of, in their order: `out[i, j] = Σ_k x[k · m + i, j]`. */
export const sumBlocks = defineOp({
  name: "sum_blocks",
  shader: [grid, shader],
  bindings: { x: "f32", out: "f32 out" },
  shapes: { x: ["rows", "n"], out: ["m", "n"] },
  rules: [
    {
      says: "rows of x that are blocks of those of out",
      holds: ({ x, out }) => out.rows === 0 ? x.rows === 0 : x.rows % out.rows === 0,
    },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, out }) {
    out.data.fill(0);
    for (let at = 0; at < x.data.length; at++) out.data[at % out.data.length] += x.data[at];
  },
});
