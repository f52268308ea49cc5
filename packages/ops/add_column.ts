import { defineOp, type Shape } from "@graphon-limit/runtime";
import shader from "../../shaders/add_column.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { assertRows, assertShape } from "./assert_shape.ts";
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
  panelled: ["y"],
  workgroups: (shapes) => {
    assertShapes(shapes);
    return gridOf(shapes.y.rows * shapes.y.cols);
  },
  reference(views, { absolute, rowOffset }) {
    const { column, divisor, y } = views;
    for (let i = 0; i < y.rows; i++) {
      const value = column.data[rowOffset + i] / (divisor?.data[0] ?? 1);
      const added = absolute ? Math.abs(value) : value;
      for (let at = i * y.cols; at < (i + 1) * y.cols; at++) y.data[at] += added;
    }
  },
});

function assertShapes(
  { column, divisor, y }: Record<"column" | "y", Shape> & { divisor?: Shape | undefined },
): void {
  assertRows("add_column", "column", column, y.rows);
  if (divisor) assertShape("add_column", "divisor", divisor, 1, 1);
}
