import { defineOp, popCount } from "@graphon-limit/runtime";
import shader from "../../shaders/bit_row_products.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { bit_row_products as assembly } from "./wasm/signatures.ts";

/** Rows of `right` that one invocation multiplies with a row of `left`. */
const RIGHT_AT_ONCE = 4;

/**
 * Ones that two masks' rows share, added to `counts`: `counts[i, j] += ⟨left_i, right_j⟩`. `left` is [m, n], `right`
 * [q, n], `counts` [m, q]. With `left` and `right` the same, the co-degrees of a bipartite graph's nodes on one side.
 */
export const bitRowProducts = defineOp({
  name: "bit_row_products",
  shader: [grid, shader],
  bindings: { left: "bits", right: "bits", counts: "u32 inout" },
  shapes: { left: ["m", "n"], right: ["q", "n"], counts: ["m", "q"] },
  panelled: ["left"],
  workgroups: ({ left, right }) => gridOf(left.rows * Math.ceil(right.rows / RIGHT_AT_ONCE)),
  reference({ left, right, counts }, { rowOffset }) {
    const words = left.wordsPerRow;
    for (let i = 0; i < left.rows; i++) {
      for (let j = 0; j < right.rows; j++) {
        let shared = 0;
        for (let word = 0; word < words; word++) {
          shared += popCount(left.data[i * words + word] & right.data[j * words + word]);
        }
        counts.data[(rowOffset + i) * counts.cols + j] += shared;
      }
    }
  },
  accelerated({ left, right, counts }, { rowOffset }, { address, launch }) {
    const parts = Math.ceil(left.rows / assembly.PART_LEFT) * Math.ceil(right.rows / assembly.PART_RIGHT);
    launch(assembly.bit_row_products, parts, {
      left: address(left),
      leftRows: left.rows,
      right: address(right),
      rightRows: right.rows,
      words: left.wordsPerRow,
      counts: address(counts) + rowOffset * counts.cols * 4,
    });
  },
});
