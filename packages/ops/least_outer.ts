import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/least_outer.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { least_outer as assembly } from "./wasm/signatures.ts";

/**
 * `out = min(x, left · rightᵀ)`, x and out [m, n], left [m, 1], right [n, 1]; without x the outer product itself. One round
 * of SynFlow lowers so the scales of scores that weights have had over the rounds (docs/mathematics.md §5).
 */
export const leastOuter = defineOp({
  name: "least_outer",
  shader: [grid, shader],
  bindings: { x: "f32?", left: "f32", right: "f32", out: "f32 out" },
  shapes: { x: ["m", "n"], left: ["m", 1], right: ["n", 1], out: ["m", "n"] },
  panelled: ["x", "out"],
  workgroups: ({ out }) => gridOf(out.rows * out.cols),
  reference({ x, left, right, out }, { rowOffset }) {
    for (let i = 0, at = 0; i < out.rows; i++) {
      const own = left.data[rowOffset + i];
      for (let j = 0; j < out.cols; j++, at++) {
        const product = own * right.data[j];
        out.data[at] = x && x.data[at] < product ? x.data[at] : product;
      }
    }
  },
  accelerated({ x, left, right, out }, { rowOffset }, { address, launch }) {
    const { rows, cols } = out;
    launch(assembly.least_outer, Math.ceil(rows / assembly.PART_ROWS), {
      x: address(x),
      left: address(left) + rowOffset * 4,
      right: address(right),
      out: address(out),
      rows,
      cols,
    });
  },
});
