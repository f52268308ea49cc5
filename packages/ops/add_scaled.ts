import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/add_scaled.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { add_scaled as assembly } from "./wasm/signatures.ts";

/** Adds a multiple of one matrix to another of the same shape: `y += scale · x`, over a `divisor` [1, 1] where there is one. */
export const addScaled = defineOp({
  name: "add_scaled",
  shader: [grid, shader],
  bindings: { x: "f32", divisor: "f32?", y: "f32 inout" },
  params: { scale: "f32" },
  shapes: { x: ["m", "n"], divisor: [1, 1], y: ["m", "n"] },
  panelled: ["x", "y"],
  workgroups: ({ y }) => gridOf(y.rows * y.cols),
  reference({ x, divisor, y }, { scale }) {
    const factor = scale / (divisor?.data[0] ?? 1);
    for (let i = 0; i < y.rows * y.cols; i++) y.data[i] += factor * x.data[i];
  },
  accelerated({ x, divisor, y }, { scale }, { address, launch }) {
    if (divisor) return false;
    const count = y.rows * y.cols;
    launch(assembly.add_scaled, Math.ceil(count / assembly.PART_ELEMENTS), {
      x: address(x),
      y: address(y),
      scale,
      count,
    });
  },
});
