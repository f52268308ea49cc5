import { defineOp, type DeviceInfo, type Shape, type Tuning } from "@graphon-limit/runtime";
import shader from "../../shaders/select_histogram.wgsl" with { type: "text" };
import floatOrder from "../../shaders/shared/float_order.wgsl" with { type: "text" };
import { isNotANumber, orderKey } from "./float_order.ts";
import { groupGrid } from "./grid.ts";
import { SELECT_ROWS, SELECT_WORDS } from "./select_state.ts";
import { IN_ORDER, OTHERS, othersOf } from "./together.ts";
import { select_histogram as assembly } from "./wasm/signatures.ts";

/** Bins of the selection's histogram; one more counts NaN. */
export const SELECT_BINS = assembly.SELECT_BINS;

/** Workgroups that count so many scores. */
function groupsOf({ rows, cols }: Shape, { INVOCATIONS, BLOCKS }: Tuning): number {
  return Math.ceil(rows * cols / (4 * Number(INVOCATIONS) * Number(BLOCKS)));
}

/**
 * One pass of the radix selection: adds to the first two rows of `histogram` [10, 2049] how many scores [m, n] have each value of the digit of
 * `digitBits` bits at `shift` in their integer image, among those whose higher digits equal `state`'s key; NaN in the last
 * bin. Counts are of 64 bits, their upper halves in the second row: networks of width 40,000 have more than 2³² scores. Up to three
 * more matrices of scores are counted with them, which saves launches: with the first panel of `scores`.
 *
 * The first pass is not part of scoring, though that would save reading the scores once. Reading is little of it: of SNIP at
 * 2048×2048 on two cores, 0.3 ms of 15 (bench/results/ops-two-cores-no-gpu.md: the scores' 16 MiB at the copy's rate, against
 * `saliency` and three passes). And a workgroup that scores a tile of some thousand entries would empty and add up 2049
 * counters for them, which a workgroup of this op does for eight to thirty thousand.
 */
export const selectHistogram = defineOp({
  name: "select_histogram",
  shader: [floatOrder, shader],
  bindings: {
    scores: "f32",
    second: "f32?",
    third: "f32?",
    fourth: "f32?",
    state: "u32",
    histogram: "u32 inout",
  },
  params: { shift: "u32", digitBits: "u32" },
  shapes: {
    scores: ["m", "n"],
    second: ["p", "q"],
    third: ["r", "s"],
    fourth: ["t", "u"],
    state: [1, SELECT_WORDS],
    histogram: [SELECT_ROWS, SELECT_BINS + 1],
  },
  rules: [IN_ORDER],
  panelled: ["scores"],
  vec4: ["scores", ...OTHERS],
  atomics: ["histogram"],
  tuning: (shapes, _, info) => {
    const matrices = [shapes.scores, ...othersOf(shapes)];
    return {
      ...countersOn(info),
      ...{ MATRICES: matrices.length, vec4: matrices.every(({ cols }) => cols % 4 === 0) },
    };
  },
  workgroups: (shapes, _, tuning) =>
    groupGrid([shapes.scores, ...othersOf(shapes)].reduce((sum, shape) => sum + groupsOf(shape, tuning), 0)),
  reference({ histogram, state, scores, ...others }, { shift, digitBits, firstPanel }) {
    const above = shift + digitBits, digitMask = 2 ** digitBits - 1;
    // A shift by all 32 bits is none in JavaScript: in the first pass everything belongs, whatever the state.
    const first = above === 32, prefix = first ? 0 : state.data[0] >>> above;
    const counts = histogram.data;
    const count = (bin: number) => {
      counts[bin]++;
      if (counts[bin] === 0) counts[SELECT_BINS + 1 + bin]++;
    };
    for (const { data } of [scores, ...(firstPanel ? othersOf(others) : [])]) {
      const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
      for (let i = 0; i < bits.length; i++) {
        if (isNotANumber(bits[i])) {
          count(SELECT_BINS);
          continue;
        }
        const key = orderKey(bits[i]);
        if (first || key >>> above === prefix) count((key >>> shift) & digitMask);
      }
    }
  },
  accelerated(
    { state, histogram, scores, ...others },
    { shift, digitBits, firstPanel },
    { address, launch },
  ) {
    for (const matrix of [scores, ...(firstPanel ? othersOf(others) : [])]) {
      const total = matrix.rows * matrix.cols;
      launch(assembly.select_histogram, Math.ceil(total / assembly.PART_SCORES), {
        scores: address(matrix),
        total,
        state: address(state),
        histogram: address(histogram),
        shift,
        digitBits,
      });
    }
  },
});

/** Invocations that have counters of their own in the workgroup memory of a software adapter: the lanes of its vectors. */
const LANES = 8;

/**
 * How a workgroup counts. It empties and adds up its counters whatever it reads: few large ones where there are few cores.
 * On software adapters, whose atomics are dear, counters apart halve the time of a pass; hardware has hundreds of invocations
 * in a workgroup, and room for one set of counters.
 */
function countersOn({ software, limits }: DeviceInfo): Tuning {
  const pairs = SELECT_BINS / 2, room = limits.maxComputeWorkgroupStorageSize ?? 0;
  if (software && room >= pairs * LANES * 4) {
    return { apart: true, INVOCATIONS: LANES, PAIRS: pairs, BLOCKS: 1024 };
  }
  return { apart: false, INVOCATIONS: 256, PAIRS: pairs, BLOCKS: software ? 64 : 8 };
}
