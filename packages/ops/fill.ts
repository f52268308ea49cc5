import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/fill.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/**
 * Every element of x [m, n] becomes `value`. An upload would do the same, but ends the submission: what is filled here takes
 * its place among the work recorded.
 */
export const fill = defineOp({
  name: "fill",
  shader: [grid, shader],
  bindings: { x: "f32 out" },
  params: { value: "f32" },
  shapes: { x: ["m", "n"] },
  panelled: ["x"],
  workgroups: ({ x }) => gridOf(x.rows * x.cols),
  reference({ x }, { value }) {
    x.data.fill(value);
  },
});
