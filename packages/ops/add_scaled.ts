import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/add_scaled.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/** Adds a multiple of one matrix to another of the same shape: `y += scale · x`. */
export const addScaled = defineOp({
  name: "add_scaled",
  shader: [grid, shader],
  bindings: { x: "f32", y: "f32 inout" },
  params: { scale: "f32" },
  shapes: { x: ["m", "n"], y: ["m", "n"] },
  panelled: ["x", "y"],
  workgroups: ({ y }) => gridOf(y.rows * y.cols),
  reference({ x, y }, { scale }) {
    for (let i = 0; i < y.rows * y.cols; i++) y.data[i] += scale * x.data[i];
  },
  accelerated(views, { scale }, kernels) {
    const count = views.y.rows * views.y.cols, [x, y] = [kernels.address(views.x), kernels.address(views.y)];
    kernels.launch("add_scaled", Math.ceil(count / 2 ** 15), x, y, scale, count);
  },
});
