import { defineOp } from "@graphon-limit/runtime";
import fold from "../../shaders/shared/fold.wgsl" with { type: "text" };
import shader from "../../shaders/row_dot.wgsl" with { type: "text" };
import { foldTuning } from "./fold.ts";
import { groupGrid } from "./grid.ts";

/**
 * Sums of products along rows: `y[i] = Σ_j a[i, j] x[i, j]`, and `Σ_j a2[i, j] x2[i, j]` added where they are given: the gradient of
 * what scales rows, and how it moves.
 */
export const rowDot = defineOp({
  name: "row_dot",
  shader: [fold, shader],
  bindings: { a: "f32", x: "f32", a2: "f32?", x2: "f32?", y: "f32 out" },
  shapes: { a: ["m", "n"], x: ["m", "n"], a2: ["m", "n"], x2: ["m", "n"], y: ["m", 1] },
  rules: [{ says: "both a2 and x2 or neither", holds: ({ a2, x2 }) => !a2 === !x2 }],
  panelled: ["a", "x", "a2", "x2"],
  tuning: (_, __, info) => foldTuning(info, 64),
  workgroups: ({ a }) => groupGrid(a.rows),
  reference({ a, x, a2, x2, y }, { rowOffset }) {
    for (let i = 0; i < a.rows; i++) {
      let sum = 0;
      for (let at = i * a.cols; at < (i + 1) * a.cols; at++) {
        sum += a.data[at] * x.data[at];
        if (a2 && x2) sum += a2.data[at] * x2.data[at];
      }
      y.data[rowOffset + i] = sum;
    }
  },
});
