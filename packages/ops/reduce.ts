import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/reduce.wgsl" with { type: "text" };
import fold from "../../shaders/shared/fold.wgsl" with { type: "text" };
import { foldTuning } from "./fold.ts";

/** What the largest element of nothing is: the lowest float32. */
const LOWEST = -3.4028234663852886e38;

/**
 * One number from a matrix x [m, n] into y [1, 1], without reading back: the `sum` of its elements (to about 1e-6 of the
 * sum of their magnitudes), the `max` (of finite elements), or how many are `not_finite`: NaN or infinite, −∞ excepted
 * where `allowNegativeInfinity` is on. The count is exact up to 2²⁴ and rounded above. An empty matrix gives 0, and the
 * lowest float32 as its largest.
 *
 * One workgroup does it all, for the same result every time; of a matrix that fills a GPU, reduce the rows first.
 */
export const reduce = defineOp({
  name: "reduce",
  shader: [fold, shader],
  bindings: { x: "f32", y: "f32 inout" },
  options: { kind: ["sum", "max", "not_finite"], allowNegativeInfinity: [false, true] },
  shapes: { x: ["m", "n"], y: [1, 1] },
  panelled: ["x"],
  tuning: (_, __, info) => foldTuning(info, 256),
  workgroups: () => [1],
  reference({ x, y }, { kind, allowNegativeInfinity, firstPanel }) {
    const data = x.data;
    let total = firstPanel ? kind === "max" ? LOWEST : 0 : y.data[0];
    if (kind === "sum") {
      for (let i = 0; i < data.length; i++) total += data[i];
    } else if (kind === "max") {
      for (let i = 0; i < data.length; i++) total = Math.max(total, data[i]);
    } else {
      for (let i = 0; i < data.length; i++) {
        if (!Number.isFinite(data[i]) && !(allowNegativeInfinity && data[i] === -Infinity)) total++;
      }
    }
    y.data[0] = total;
  },
});
