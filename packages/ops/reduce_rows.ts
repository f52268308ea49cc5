import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/reduce_rows.wgsl" with { type: "text" };
import fold from "../../shaders/shared/fold.wgsl" with { type: "text" };
import { groupGrid } from "./grid.ts";
import { foldTuning } from "./fold.ts";

/**
 * The sum (`initial` 0) or the largest element (`initial` below all of them) of each row of x [m, n], into y [m, 1]. An
 * empty row gives `initial`.
 */
export const reduceRows = defineOp({
  name: "reduce_rows",
  shader: [fold, shader],
  bindings: { x: "f32", y: "f32 out" },
  params: { initial: "f32" },
  options: { kind: ["sum", "max"] },
  shapes: { x: ["m", "n"], y: ["m", 1] },
  panelled: ["x"],
  tuning: (_, __, info) => foldTuning(info, 64),
  workgroups: ({ x }) => groupGrid(x.rows),
  reference({ x, y }, { kind, initial, rowOffset }) {
    for (let i = 0; i < x.rows; i++) {
      const end = (i + 1) * x.cols;
      let total = initial;
      if (kind === "sum") { for (let at = i * x.cols; at < end; at++) total += x.data[at]; }
      else for (let at = i * x.cols; at < end; at++) total = Math.max(total, x.data[at]);
      y.data[rowOffset + i] = total;
    }
  },
});
