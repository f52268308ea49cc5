import { defineOp, popCount } from "@graphon-limit/runtime";
import shader from "../../shaders/row_degree.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/** Ones in each row of a mask [m, n]: the degree [m, 1] of each output. */
export const rowDegree = defineOp({
  name: "row_degree",
  shader: [grid, shader],
  bindings: { mask: "bits", degree: "u32 out" },
  shapes: { mask: ["m", "n"], degree: ["m", 1] },
  panelled: ["mask"],
  workgroups: ({ mask }) => gridOf(mask.rows),
  reference({ mask, degree }, { rowOffset }) {
    for (let i = 0; i < mask.rows; i++) {
      let ones = 0;
      const start = i * mask.wordsPerRow;
      for (let word = 0; word < mask.wordsPerRow; word++) ones += popCount(mask.data[start + word]);
      degree.data[rowOffset + i] = ones;
    }
  },
  accelerated({ mask, degree }, { rowOffset }, kernels) {
    const to = kernels.address(degree) + rowOffset * 4;
    const parts = Math.ceil(mask.rows / 64);
    kernels.launch("row_degree", parts, kernels.address(mask), mask.rows, mask.wordsPerRow, to);
  },
});
