import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/mirror_upper.wgsl" with { type: "text" };
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
  shapes: { x: ["m", "m"] },
  rules: [
    {
      says: "a block that divides the rows of x",
      holds: ({ x }, { block }) => block >= 1 && x.rows % block === 0,
    },
  ],
  workgroups: ({ x }) => gridOf(x.rows * x.cols),
  reference({ x }, { block }) {
    for (let i = 0; i < x.rows; i++) {
      for (let j = 0; j < x.cols; j++) {
        if (i % block > j % block) x.data[i * x.cols + j] = x.data[j * x.cols + i];
      }
    }
  },
});
