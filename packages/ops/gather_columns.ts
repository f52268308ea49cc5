import { defineOp, InvalidArgumentError, type Shape } from "@graphon-limit/runtime";
import shader from "../../shaders/gather_columns.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { gridOf } from "./grid.ts";

/**
 * Chosen columns of x [m, n] side by side, and their labels: a mini-batch of a data set. `out` [m, B] gets
 * `x[i, columns[start + b]]`, `outLabels` [1, B] `labels[columns[start + b]]`; both label arguments or neither. The entries
 * of `columns` [1, …] are below n, in any order, any number of times. At least one row is needed for labels to be taken.
 */
export const gatherColumns = defineOp({
  name: "gather_columns",
  shader: [grid, shader],
  bindings: { x: "f32", columns: "u32", out: "f32 out", labels: "u32?", outLabels: "u32 out?" },
  params: { start: "u32" },
  panelled: ["x"],
  workgroups: (shapes, { start }) => {
    assertShapes(shapes, start);
    return gridOf(shapes.x.rows * shapes.out.cols);
  },
  reference(views, { start, rowOffset, firstPanel }) {
    assertShapes(views, start);
    const { x, columns, out, labels, outLabels } = views;
    const chosen = columns.data.subarray(start, start + out.cols);
    for (let i = 0; i < x.rows; i++) {
      const to = (rowOffset + i) * out.cols;
      for (let b = 0; b < out.cols; b++) out.data[to + b] = x.data[i * x.cols + chosen[b]];
    }
    if (firstPanel && labels && outLabels) outLabels.data.set(chosen.map((column) => labels.data[column]));
  },
});

function assertShapes(
  { x, columns, out, labels, outLabels }:
    & Record<"x" | "columns" | "out", Shape>
    & Partial<Record<"labels" | "outLabels", Shape>>,
  start: number,
): void {
  assertShape("gather_columns", "columns", columns, 1, Math.max(columns.cols, start + out.cols));
  if (out.rows < x.rows) {
    throw new InvalidArgumentError(
      `Expected gather_columns' out to have the ${x.rows} rows of x but found ${out.rows}`,
    );
  }
  if (!labels !== !outLabels) {
    throw new InvalidArgumentError(
      "Expected gather_columns to be given both labels and outLabels or neither",
    );
  }
  if (labels && outLabels) {
    assertShape("gather_columns", "labels", labels, 1, x.cols);
    assertShape("gather_columns", "outLabels", outLabels, 1, out.cols);
  }
}
