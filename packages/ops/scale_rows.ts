import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/scale_rows.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/**
 * Every row times a number of its own, or that added: `out[i, j] = scale · column[i] x[i, j]`, as normalisations scale channels; with
 * `absolute` `|column[i]|`.
 */
export const scaleRows = defineOp({
  name: "scale_rows",
  shader: [grid, shader],
  bindings: { column: "f32", x: "f32", out: "f32 inout" },
  params: { scale: "f32", accumulate: "u32" },
  options: { absolute: [false, true] },
  shapes: { column: ["m", 1], x: ["m", "n"], out: ["m", "n"] },
  panelled: ["x", "out"],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ column, x, out }, { scale, accumulate, absolute, rowOffset }) {
    for (let i = 0; i < x.rows; i++) {
      const own = column.data[rowOffset + i], factor = scale * (absolute ? Math.abs(own) : own);
      for (let at = i * x.cols; at < (i + 1) * x.cols; at++) {
        out.data[at] = factor * x.data[at] + (accumulate ? out.data[at] : 0);
      }
    }
  },
});
