import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/log_complement.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { log_complement as assembly } from "./wasm/signatures.ts";

/** What stands for ln 0, so that means stay finite: float32's least number is above its exponential, which is 0 there. */
const LOG_OF_NONE = -128;

/**
 * `x = ln(1 − x)` of chances from 0 to 1, accurate for small ones; −128 of a chance of 1. Sums of it are the logarithms of the chances that
 * none of many things happens.
 */
export const logComplement = defineOp({
  name: "log_complement",
  shader: [grid, shader],
  bindings: { x: "f32 inout" },
  shapes: { x: ["m", "n"] },
  panelled: ["x"],
  workgroups: ({ x }) => gridOf(x.rows * x.cols),
  reference({ x }) {
    for (let i = 0; i < x.rows * x.cols; i++) {
      const chance = Math.max(x.data[i], 0);
      x.data[i] = chance < 1 ? Math.log1p(-chance) : LOG_OF_NONE;
    }
  },
  accelerated({ x }, _, { address, launch }) {
    const count = x.rows * x.cols;
    launch(assembly.log_complement, Math.ceil(count / assembly.PART_ELEMENTS), {
      x: address(x),
      count,
      none: LOG_OF_NONE,
    });
  },
});
