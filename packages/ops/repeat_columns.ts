import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/repeat_columns.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/** Copies of x [m, n] side by side: `out[i, c · n + j] = x[i, j]`, out [m, k · n]. */
export const repeatColumns = defineOp({
  name: "repeat_columns",
  shader: [grid, shader],
  bindings: { x: "f32", out: "f32 out" },
  shapes: { x: ["m", "n"], out: ["m", "copies"] },
  rules: [
    {
      says: "an out whose columns are a multiple of those of x",
      holds: ({ x, out }) => x.cols === 0 ? out.cols === 0 : out.cols % x.cols === 0,
    },
  ],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, out }) {
    for (let i = 0; i < x.rows; i++) {
      const row = x.data.subarray(i * x.cols, (i + 1) * x.cols);
      for (let start = 0; start < out.cols; start += x.cols) out.data.set(row, i * out.cols + start);
    }
  },
});
