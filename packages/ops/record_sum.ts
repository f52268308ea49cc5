import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/record_sum.wgsl" with { type: "text" };
import fold from "../../shaders/shared/fold.wgsl" with { type: "text" };
import { foldTuning } from "./fold.ts";

/**
 * A sum over samples into one slot of a list, so that many are read back at once: `record[slot] = scale · Σ_b x[b]`, or that
 * added to the slot where `accumulate` is 1. `x` is [1, samples], `record` [1, slots]; other slots stay as they are. Where
 * `reduce` makes one number of a whole matrix, this keeps the numbers of many steps side by side.
 */
export const recordSum = defineOp({
  name: "record_sum",
  shader: [fold, shader],
  bindings: { x: "f32", record: "f32 inout" },
  params: { slot: "u32", scale: "f32", accumulate: "u32" },
  shapes: { x: [1, "samples"], record: [1, "slots"] },
  rules: [
    { says: "a slot of record", holds: ({ record }, { slot }) => slot < record.cols },
  ],
  tuning: (_, __, info) => foldTuning(info, 256),
  workgroups: () => [1],
  reference({ x, record }, { slot, scale, accumulate }) {
    let sum = 0;
    for (let b = 0; b < x.cols; b++) sum += x.data[b];
    record.data[slot] = scale * sum + (accumulate ? record.data[slot] : 0);
  },
});
