import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/select_histogram.wgsl" with { type: "text" };
import floatOrder from "../../shaders/shared/float_order.wgsl" with { type: "text" };
import { isNotANumber, orderKey } from "./float_order.ts";
import { groupGrid } from "./grid.ts";

/** Bins of the selection's histogram; one more counts NaN. */
export const SELECT_BINS = 2048;

/** Scores one workgroup of the shader reads. */
const SCORES_PER_GROUP = 256 * 32;

/**
 * One pass of the radix selection: adds to `histogram` [1, 2049] how many scores [m, n] have each value of the digit of
 * `digitBits` bits at `shift` in their integer image, among those whose higher digits equal `state`'s key; NaN in the last
 * bin.
 */
export const selectHistogram = defineOp({
  name: "select_histogram",
  shader: [floatOrder, shader],
  bindings: { scores: "f32", state: "u32", histogram: "u32 inout" },
  params: { shift: "u32", digitBits: "u32" },
  panelled: ["scores"],
  atomics: ["histogram"],
  workgroups: ({ scores }) => groupGrid(Math.ceil(scores.rows * scores.cols / SCORES_PER_GROUP)),
  reference({ scores, state, histogram }, { shift, digitBits }) {
    const bits = new Uint32Array(scores.data.buffer, scores.data.byteOffset, scores.data.length);
    const above = shift + digitBits, digitMask = 2 ** digitBits - 1;
    const prefix = above === 32 ? 0 : state.data[0] >>> above;
    for (let i = 0; i < bits.length; i++) {
      if (isNotANumber(bits[i])) {
        histogram.data[SELECT_BINS]++;
        continue;
      }
      const key = orderKey(bits[i]);
      if (above === 32 || key >>> above === prefix) histogram.data[(key >>> shift) & digitMask]++;
    }
  },
});
