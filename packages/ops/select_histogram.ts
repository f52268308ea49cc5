import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/select_histogram.wgsl" with { type: "text" };
import floatOrder from "../../shaders/shared/float_order.wgsl" with { type: "text" };
import { isNotANumber, orderKey } from "./float_order.ts";
import { groupGrid } from "./grid.ts";

/** Bins of the selection's histogram; one more counts NaN. */
export const SELECT_BINS = 2048;

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
  vec4: ["scores"],
  atomics: ["histogram"],
  // A workgroup empties and adds up 2049 counters whatever it reads: few large ones where there are few cores.
  tuning: ({ scores }, _, { software }) => ({ BLOCKS: software ? 64 : 8, vec4: scores.cols % 4 === 0 }),
  workgroups: ({ scores }, _, { BLOCKS }) =>
    groupGrid(Math.ceil(scores.rows * scores.cols / (256 * 4 * Number(BLOCKS)))),
  reference({ scores, state, histogram }, { shift, digitBits }) {
    const bits = new Uint32Array(scores.data.buffer, scores.data.byteOffset, scores.data.length);
    const above = shift + digitBits, digitMask = 2 ** digitBits - 1;
    // A shift by all 32 bits is none in JavaScript: in the first pass everything belongs, whatever the state.
    const first = above === 32, prefix = first ? 0 : state.data[0] >>> above;
    const counts = histogram.data;
    for (let i = 0; i < bits.length; i++) {
      if (isNotANumber(bits[i])) {
        counts[SELECT_BINS]++;
        continue;
      }
      const key = orderKey(bits[i]);
      if (first || key >>> above === prefix) counts[(key >>> shift) & digitMask]++;
    }
  },
  accelerated({ scores, state, histogram }, { shift, digitBits }, kernels) {
    const count = scores.rows * scores.cols;
    const [from, to] = [kernels.address(state), kernels.address(histogram)];
    const parts = Math.ceil(count / 2 ** 18);
    kernels.launch("select_histogram", parts, kernels.address(scores), count, from, to, shift, digitBits);
  },
});
