import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/normalise.wgsl" with { type: "text" };
import fold from "../../shaders/shared/fold.wgsl" with { type: "text" };
import { foldTuning } from "./fold.ts";

/**
 * Divides non-negative numbers [m, n] by their largest, in place, and leaves the largest in `scale` [1, 1]. Zeros alone stay as
 * they are, under scale 1. Keeps SynFlow's products within float32 at any depth (docs/mathematics.md §2).
 */
export const normalise = defineOp({
  name: "normalise",
  shader: [fold, shader],
  bindings: { x: "f32 inout", scale: "f32 out" },
  shapes: { x: ["m", "n"], scale: [1, 1] },
  tuning: (_, __, info) => foldTuning(info, 256),
  workgroups: () => [1],
  reference({ x, scale }) {
    const largest = x.data.reduce((most, value) => Math.max(most, value), 0) || 1;
    for (let i = 0; i < x.rows * x.cols; i++) x.data[i] /= largest;
    scale.data[0] = largest;
  },
});
