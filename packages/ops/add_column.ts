import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/add_column.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/**
 * Adds a column [m, 1] to every column of a matrix, as a bias is: `y[i, j] += column[i]`; with `absolute` and a `divisor`
 * [1, 1] `|column[i]| / divisor`, as SynFlow's normalised sums take it.
 */
export const addColumn = defineOp({
  name: "add_column",
  shader: [grid, shader],
  bindings: { column: "f32", divisor: "f32?", y: "f32 inout" },
  options: { absolute: [false, true] },
  shapes: { column: ["m", 1], divisor: [1, 1], y: ["m", "n"] },
  panelled: ["y"],
  workgroups: ({ y }) => gridOf(y.rows * y.cols),
  reference({ column, divisor, y }, { absolute, rowOffset }) {
    for (let i = 0; i < y.rows; i++) {
      const value = column.data[rowOffset + i] / (divisor?.data[0] ?? 1);
      const added = absolute ? Math.abs(value) : value;
      for (let at = i * y.cols; at < (i + 1) * y.cols; at++) y.data[at] += added;
    }
  },
});
