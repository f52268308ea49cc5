import { defineOp, type Shape } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/add_scaled.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { gridOf } from "./grid.ts";

/** Adds a multiple of one matrix to another of the same shape: `y += scale · x`, over a `divisor` [1, 1] where there is one. */
export const addScaled = defineOp({
  name: "add_scaled",
  shader: [grid, shader],
  bindings: { x: "f32", divisor: "f32?", y: "f32 inout" },
  params: { scale: "f32" },
  panelled: ["x", "y"],
  workgroups: (shapes) => {
    assertShapes(shapes);
    return gridOf(shapes.y.rows * shapes.y.cols);
  },
  reference(views, { scale }) {
    assertShapes(views);
    const { x, divisor, y } = views;
    const factor = scale / (divisor?.data[0] ?? 1);
    for (let i = 0; i < y.rows * y.cols; i++) y.data[i] += factor * x.data[i];
  },
  accelerated(views, { scale }, kernels) {
    assertShapes(views);
    if (views.divisor) return false;
    const count = views.y.rows * views.y.cols, [x, y] = [kernels.address(views.x), kernels.address(views.y)];
    kernels.launch("add_scaled", Math.ceil(count / 2 ** 15), x, y, scale, count);
  },
});

function assertShapes({ x, divisor, y }: Record<"x" | "y", Shape> & { divisor?: Shape | undefined }): void {
  assertShape("add_scaled", "x", x, y.rows, y.cols);
  if (divisor) assertShape("add_scaled", "divisor", divisor, 1, 1);
}
