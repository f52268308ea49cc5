import { defineOp, InvalidArgumentError, type Shape } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/mirror_upper.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { gridOf } from "./grid.ts";

/**
 * Fills the lower half of a symmetric matrix x [m, m] from its upper half, in place. With `block` below m the matrix is made
 * of blocks [block, block], each with an upper half of its own: `x[i, j] = x[j, i]` wherever `i mod block > j mod block`.
 */
export const mirrorUpper = defineOp({
  name: "mirror_upper",
  shader: [grid, shader],
  bindings: { x: "f32 inout" },
  params: { block: "u32" },
  workgroups: ({ x }, { block }) => {
    assertBlocks(x, block);
    return gridOf(x.rows * x.cols);
  },
  reference({ x }, { block }) {
    assertBlocks(x, block);
    for (let i = 0; i < x.rows; i++) {
      for (let j = 0; j < x.cols; j++) {
        if (i % block > j % block) x.data[i * x.cols + j] = x.data[j * x.cols + i];
      }
    }
  },
});

function assertBlocks(x: Shape, block: number): void {
  assertShape("mirror_upper", "x", x, x.rows, x.rows);
  if (block < 1 || x.rows % block !== 0) {
    throw new InvalidArgumentError(
      `Expected mirror_upper's block to divide ${x.rows} rows but found ${block}`,
    );
  }
}
