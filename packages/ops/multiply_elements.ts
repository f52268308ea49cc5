import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/multiply_elements.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/** Multiplies one matrix by another of the same shape, element by element: `y *= x`. */
export const multiplyElements = defineOp({
  name: "multiply_elements",
  shader: [grid, shader],
  bindings: { x: "f32", y: "f32 inout" },
  shapes: { x: ["m", "n"], y: ["m", "n"] },
  panelled: ["x", "y"],
  workgroups: ({ y }) => gridOf(y.rows * y.cols),
  reference({ x, y }) {
    for (let i = 0; i < y.rows * y.cols; i++) y.data[i] *= x.data[i];
  },
  accelerated(views, _, kernels) {
    const count = views.y.rows * views.y.cols, [x, y] = [kernels.address(views.x), kernels.address(views.y)];
    kernels.launch("multiply_elements", Math.ceil(count / 2 ** 15), x, y, y, count);
  },
});
