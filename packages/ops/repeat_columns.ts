import { defineOp, InvalidArgumentError, type Shape } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/repeat_columns.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { gridOf } from "./grid.ts";

/** Copies of x [m, n] side by side: `out[i, c · n + j] = x[i, j]`, out [m, k · n]. */
export const repeatColumns = defineOp({
  name: "repeat_columns",
  shader: [grid, shader],
  bindings: { x: "f32", out: "f32 out" },
  workgroups: (shapes) => {
    assertShapes(shapes);
    return gridOf(shapes.out.rows * shapes.out.cols);
  },
  reference(views) {
    assertShapes(views);
    const { x, out } = views;
    for (let i = 0; i < x.rows; i++) {
      const row = x.data.subarray(i * x.cols, (i + 1) * x.cols);
      for (let start = 0; start < out.cols; start += x.cols) out.data.set(row, i * out.cols + start);
    }
  },
});

function assertShapes({ x, out }: Record<"x" | "out", Shape>): void {
  assertShape("repeat_columns", "out", out, x.rows, out.cols);
  if (x.cols === 0 ? out.cols > 0 : out.cols % x.cols !== 0) {
    throw new InvalidArgumentError(
      `Expected repeat_columns' out to be a multiple of ${x.cols} columns but found ${out.cols}`,
    );
  }
}
