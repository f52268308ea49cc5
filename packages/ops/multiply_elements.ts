import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/multiply_elements.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { multiply_elements as assembly } from "./wasm/signatures.ts";

/** Multiplies one matrix by another of the same shape, element by element: `y *= x`. */
export const multiplyElements = defineOp({
  name: "multiply_elements",
  shader: [grid, shader],
  bindings: { x: "f32", y: "f32 inout" },
  shapes: { x: ["m", "n"], y: ["m", "n"] },
  panelled: ["x", "y"],
  workgroups: ({ y }) => gridOf(y.rows * y.cols),
  reference({ x, y }) {
    for (let i = 0; i < y.rows * y.cols; i++) y.data[i] *= x.data[i];
  },
  accelerated({ x, y }, _, { address, launch }) {
    const count = y.rows * y.cols;
    launch(assembly.multiply_elements, Math.ceil(count / assembly.PART_ELEMENTS), {
      x: address(x),
      y: address(y),
      out: address(y),
      count,
    });
  },
});
