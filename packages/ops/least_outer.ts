import { defineOp, type Shape } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/least_outer.wgsl" with { type: "text" };
import { assertRows, assertShape } from "./assert_shape.ts";
import { gridOf } from "./grid.ts";

/**
 * `out = min(x, left · rightᵀ)`, x and out [m, n], left [m, 1], right [n, 1]; without x the outer product itself. One round
 * of SynFlow lowers so the scales of scores that weights have had over the rounds (design §5).
 */
export const leastOuter = defineOp({
  name: "least_outer",
  shader: [grid, shader],
  bindings: { x: "f32?", left: "f32", right: "f32", out: "f32 out" },
  panelled: ["x", "out"],
  workgroups: (shapes) => {
    assertShapes(shapes);
    return gridOf(shapes.out.rows * shapes.out.cols);
  },
  reference(views, { rowOffset }) {
    assertShapes(views);
    const { x, left, right, out } = views;
    for (let i = 0, at = 0; i < out.rows; i++) {
      const own = left.data[rowOffset + i];
      for (let j = 0; j < out.cols; j++, at++) {
        const product = own * right.data[j];
        out.data[at] = x && x.data[at] < product ? x.data[at] : product;
      }
    }
  },
  accelerated(views, { rowOffset }, kernels) {
    assertShapes(views);
    const { x, left, right, out } = views;
    kernels.launch(
      "least_outer",
      Math.ceil(out.rows / 16),
      ...[kernels.address(x), kernels.address(left) + rowOffset * 4, kernels.address(right)],
      ...[kernels.address(out), out.rows, out.cols],
    );
  },
});

function assertShapes(
  { x, left, right, out }: Record<"left" | "right" | "out", Shape> & { x?: Shape },
): void {
  if (x) assertShape("least_outer", "x", x, out.rows, out.cols);
  assertRows("least_outer", "left", left, out.rows);
  assertShape("least_outer", "right", right, out.cols, 1);
}
