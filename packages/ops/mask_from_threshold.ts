import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/mask_from_threshold.wgsl" with { type: "text" };
import floatOrder from "../../shaders/shared/float_order.wgsl" with { type: "text" };
import tieHashing from "../../shaders/shared/tie_hash.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { orderKey } from "./float_order.ts";
import { countIn } from "./find_bin.ts";
import { lowestBit } from "./float_bits.ts";
import { gridOf } from "./grid.ts";
import { SELECT_BINS } from "./select_histogram.ts";
import { firstPlace, keepsTies, KEY_DIGITS, SELECT_ROWS, SELECT_WORDS } from "./select_state.ts";
import { tieHash } from "./tie_hash.ts";
import { countsOf } from "./tie_histogram.ts";
import { mask_from_threshold as assembly, tie_histogram as counting } from "./wasm/signatures.ts";

/** The digit of the hash by which ties are counted as they are noted. */
const [[FIRST_SHIFT, FIRST_BITS]] = KEY_DIGITS;

/** Settings where no ties are noted. */
export const NO_TIES = { seedLow: 0, seedHigh: 0, offset: 0, start: 0 } as const;

/**
 * The mask [m, n] that keeps an entry iff its score is above the threshold in `state` (from `kthSmallest`) and, where
 * `previous` is given, it was kept before. Ties at the threshold go (docs/mathematics.md §2).
 *
 * Where some of them are to be kept, `ties` [1, w] notes them: the words of a mask of the entries that are at the threshold and
 * were kept before, row after row. The mask's first row begins at word `start` of it, modulo 2³², and words that it does not have
 * are not noted, so that it may be for some panels of the mask alone; word 0 of it is word `offset` of all masks laid end to end.
 * Those noted are counted in `histogram` [10, 2049] by the first digit of their hash of `seedLow` and `seedHigh`: the first pass of the
 * selection among them. Where none is to be kept, both are left as they are.
 */
export const maskFromThreshold = defineOp({
  name: "mask_from_threshold",
  shader: [grid, floatOrder, tieHashing, shader],
  bindings: {
    scores: "f32",
    previous: "bits?",
    state: "u32",
    mask: "bits out",
    ties: "u32 inout?",
    histogram: "u32 inout?",
  },
  params: { seedLow: "u32", seedHigh: "u32", offset: "u32", start: "u32" },
  shapes: {
    scores: ["m", "n"],
    previous: ["m", "n"],
    state: [1, SELECT_WORDS],
    mask: ["m", "n"],
    ties: [1, "w"],
    histogram: [SELECT_ROWS, SELECT_BINS + 1],
  },
  rules: [{
    says: "a histogram where ties are noted, and only there",
    holds: ({ ties, histogram }) => (ties === undefined) === (histogram === undefined),
  }],
  atomics: ["histogram"],
  panelled: ["scores", "previous", "mask"],
  workgroups: ({ mask }) => gridOf(mask.rows * mask.wordsPerRow),
  reference({ scores, previous, state, mask, ties, histogram }, settings) {
    const { seedLow, seedHigh, offset, start, rowOffset } = settings;
    const bits = new Uint32Array(scores.data.buffer, scores.data.byteOffset, scores.data.length);
    const threshold = state.data[0], noted = ties && keepsTies(state) ? ties.data : undefined;
    const first = firstPlace(start, rowOffset, mask);
    for (let i = 0; i < mask.rows; i++) {
      for (let w = 0; w < mask.wordsPerRow; w++) {
        const target = i * mask.wordsPerRow + w, source = i * mask.cols + w * 32;
        const count = Math.min(32, mask.cols - w * 32), before = previous ? previous.data[target] : -1;
        let word = 0, tied = 0;
        for (let bit = 0; bit < count; bit++) {
          const key = orderKey(bits[source + bit]);
          word |= (key > threshold ? 1 : 0) << bit;
          tied |= (key === threshold ? 1 : 0) << bit;
        }
        mask.data[target] = word & before;
        const place = (first + target) % 2 ** 32;
        if (!noted || place >= noted.length) continue;
        noted[place] = tied & before;
        for (let left = noted[place]; left !== 0; left &= left - 1) {
          const hash = tieHash((offset + place) % 2 ** 32, lowestBit(left), seedLow, seedHigh);
          countIn(histogram!, 1, hash >>> FIRST_SHIFT);
        }
      }
    }
  },
  accelerated({ scores, previous, state, mask, ties, histogram }, settings, { address, launch }) {
    const { seedLow, seedHigh, offset, start, rowOffset } = settings, { rows, cols, wordsPerRow } = mask;
    const noted = ties && keepsTies(state) ? ties : undefined, first = firstPlace(start, rowOffset, mask);
    const partRows = Math.max(1, Math.floor(assembly.PART_WORDS / wordsPerRow));
    launch(assembly.mask_from_threshold, wordsPerRow === 0 ? 0 : Math.ceil(rows / partRows), {
      scores: address(scores),
      previous: address(previous),
      state: address(state),
      mask: address(mask),
      ties: noted ? address(noted) : 0,
      tieWords: noted?.cols ?? 0,
      start: first,
      rows,
      columns: cols,
    });
    if (!noted) return;
    // A mask that begins before its ties' first word has its own first words beyond 2³².
    const from = first < noted.cols ? first : 0, past = first < noted.cols ? first : first - 2 ** 32;
    const words = Math.min(past + rows * wordsPerRow, noted.cols) - from;
    launch(counting.tie_histogram, Math.ceil(Math.max(words, 0) / counting.PART_WORDS), {
      ties: address(noted) + from * 4,
      words,
      counts: countsOf(address(histogram!), 0),
      ...{ seedLow, seedHigh, offset: (offset + from) % 2 ** 32, found: 0 },
      ...{ shift: FIRST_SHIFT, digitBits: FIRST_BITS },
    });
  },
});
