import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/add_scaled.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { add_scaled as assembly } from "./wasm/signatures.ts";

/** Adds a multiple of one matrix to another of the same shape: `y += scale · x`. */
export const addScaled = defineOp({
  name: "add_scaled",
  shader: [grid, shader],
  bindings: { x: "f32", y: "f32 inout" },
  params: { scale: "f32" },
  shapes: { x: ["m", "n"], y: ["m", "n"] },
  panelled: ["x", "y"],
  workgroups: ({ y }) => gridOf(y.rows * y.cols),
  reference({ x, y }, { scale }) {
    for (let i = 0; i < y.rows * y.cols; i++) y.data[i] += scale * x.data[i];
  },
  accelerated({ x, y }, { scale }, { address, launch }) {
    const count = y.rows * y.cols;
    launch(assembly.add_scaled, Math.ceil(count / assembly.PART_ELEMENTS), {
      x: address(x),
      y: address(y),
      scale,
      count,
    });
  },
});
