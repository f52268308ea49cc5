import { defineOp, type Shape } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/multiply_elements.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { gridOf } from "./grid.ts";

/** Multiplies one matrix by another of the same shape, element by element: `y *= x`. */
export const multiplyElements = defineOp({
  name: "multiply_elements",
  shader: [grid, shader],
  bindings: { x: "f32", y: "f32 inout" },
  panelled: ["x", "y"],
  workgroups: (shapes) => {
    assertShapes(shapes);
    return gridOf(shapes.y.rows * shapes.y.cols);
  },
  reference(views) {
    assertShapes(views);
    const { x, y } = views;
    for (let i = 0; i < y.rows * y.cols; i++) y.data[i] *= x.data[i];
  },
  accelerated(views, _, kernels) {
    assertShapes(views);
    const count = views.y.rows * views.y.cols, [x, y] = [kernels.address(views.x), kernels.address(views.y)];
    kernels.launch("multiply_elements", Math.ceil(count / 2 ** 15), x, y, y, count);
  },
});

function assertShapes({ x, y }: Record<"x" | "y", Shape>): void {
  assertShape("multiply_elements", "x", x, y.rows, y.cols);
}
