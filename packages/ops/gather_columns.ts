import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/gather_columns.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
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
  shapes: {
    x: ["m", "n"],
    columns: [1, "listed"],
    out: ["m", "batch"],
    labels: [1, "n"],
    outLabels: [1, "batch"],
  },
  rules: [
    {
      says: "columns from start on for all columns of out",
      holds: ({ columns, out }, { start }) => start + out.cols <= columns.cols,
    },
    {
      says: "both labels and outLabels or neither",
      holds: ({ labels, outLabels }) => !labels === !outLabels,
    },
  ],
  panelled: ["x"],
  workgroups: ({ x, out }) => gridOf(x.rows * out.cols),
  reference({ x, columns, out, labels, outLabels }, { start, rowOffset, firstPanel }) {
    const chosen = columns.data.subarray(start, start + out.cols);
    for (let i = 0; i < x.rows; i++) {
      const to = (rowOffset + i) * out.cols;
      for (let b = 0; b < out.cols; b++) out.data[to + b] = x.data[i * x.cols + chosen[b]];
    }
    if (firstPanel && labels && outLabels) outLabels.data.set(chosen.map((column) => labels.data[column]));
  },
});
