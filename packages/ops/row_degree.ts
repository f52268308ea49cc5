import { defineOp, popCount } from "@graphon-limit/runtime";
import shader from "../../shaders/row_degree.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { row_degree as assembly } from "./wasm/signatures.ts";

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
  accelerated({ mask, degree }, { rowOffset }, { address, launch }) {
    launch(assembly.row_degree, Math.ceil(mask.rows / assembly.PART_ROWS), {
      mask: address(mask),
      rows: mask.rows,
      words: mask.wordsPerRow,
      degree: address(degree) + rowOffset * 4,
    });
  },
});
