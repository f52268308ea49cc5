import { defineOp, type PanelPosition, type View } from "@graphon-limit/runtime";
import shader from "../../shaders/keep_ties.wgsl" with { type: "text" };
import findBinShader from "../../shaders/shared/find_bin.wgsl" with { type: "text" };
import tieBoundShader from "../../shaders/shared/tie_bound.wgsl" with { type: "text" };
import tieHashing from "../../shaders/shared/tie_hash.wgsl" with { type: "text" };
import { tieBound } from "./find_bin.ts";
import { lowestBit } from "./float_bits.ts";
import { busyGrid, groupsToKeepBusy } from "./grid.ts";
import { SELECT_BINS } from "./select_histogram.ts";
import { firstPlace, keepsTies, SELECT_ROWS, SELECT_WORDS, TIE_PASSES } from "./select_state.ts";
import { tieHash, tieStretch } from "./tie_hash.ts";
import { IN_ORDER, othersOf } from "./together.ts";
import { keep_ties as assembly } from "./wasm/signatures.ts";

/**
 * Adds to `mask` [m, n] the ties that are kept: the set bits of `ties` [1, w] whose hash is less than the bound among those that
 * `passes` passes, 3 or 4, have counted in `histogram` [10, 2049], or equal to it in a stretch of 2³² positions that is not beyond the
 * bound's. The first word of `ties` is word `offset` of the masks laid end to end; the mask's first row begins at word `start` of `ties`, modulo 2³², and words that `ties` does not have
 * say nothing. Up to three more masks, which lie one after another from word `next` on, have theirs added with the first panel of
 * `mask`, which saves launches.
 */
export const keepTies = defineOp({
  name: "keep_ties",
  shader: [findBinShader, tieBoundShader, tieHashing, shader],
  bindings: {
    ties: "u32",
    state: "u32",
    histogram: "u32",
    mask: "bits inout",
    second: "bits inout?",
    third: "bits inout?",
    fourth: "bits inout?",
  },
  params: { seedLow: "u32", seedHigh: "u32", offset: "u32", start: "u32", next: "u32", passes: "u32" },
  shapes: {
    ties: [1, "w"],
    state: [1, SELECT_WORDS],
    histogram: [SELECT_ROWS, SELECT_BINS + 1],
    mask: ["m", "n"],
    second: ["p", "q"],
    third: ["r", "s"],
    fourth: ["t", "u"],
  },
  rules: [IN_ORDER, {
    says: "3 or 4 passes",
    holds: (_, { passes }) => passes === TIE_PASSES - 1 || passes === TIE_PASSES,
  }],
  panelled: ["mask"],
  tuning: (_, _settings, info) => ({ GROUPS: groupsToKeepBusy(info) }),
  workgroups: ({ mask, ...others }, _, { GROUPS }) => {
    const words = [mask, ...othersOf(others)].map(({ rows, wordsPerRow }) => rows * wordsPerRow);
    return busyGrid(Math.max(...words), Number(GROUPS));
  },
  reference({ ties, state, histogram, mask, ...others }, settings) {
    if (!keepsTies(state)) return;
    const { seedLow, seedHigh, offset, passes } = settings;
    const { hash: bound, stretch } = tieBound(histogram, state, passes);
    for (const [to, first] of places(mask, othersOf(others), settings)) {
      for (let index = 0; index < to.rows * to.wordsPerRow; index++) {
        const place = (first + index) % 2 ** 32, word = (offset + place) % 2 ** 32;
        for (let left = ties.data[place] ?? 0; left !== 0; left &= left - 1) {
          const bit = lowestBit(left), hash = tieHash(word, bit, seedLow, seedHigh);
          const kept = hash < bound || (hash === bound && tieStretch(word) <= stretch);
          if (kept) to.data[index] |= 1 << bit;
        }
      }
    }
  },
  accelerated({ ties, state, histogram, mask, ...others }, settings, { address, launch }) {
    if (!keepsTies(state)) return;
    const { seedLow, seedHigh, offset, passes } = settings;
    const { hash: bound, stretch } = tieBound(histogram, state, passes);
    for (const [to, start] of places(mask, othersOf(others), settings)) {
      const words = to.rows * to.wordsPerRow;
      launch(assembly.keep_ties, Math.ceil(words / assembly.PART_WORDS), {
        ties: address(ties),
        tieWords: ties.cols,
        start,
        words,
        mask: address(to),
        ...{ bound, stretch, seedLow, seedHigh, offset },
      });
    }
  },
});

/** The masks of a launch, and where each begins in `ties`. */
function places(
  mask: View<Uint32Array>,
  others: readonly View<Uint32Array>[],
  { start, next, rowOffset, firstPanel }: PanelPosition & { readonly start: number; readonly next: number },
): (readonly [View<Uint32Array>, number])[] {
  let word = next;
  const after = (firstPanel ? others : []).map((other) => {
    const place = word;
    word = (word + other.rows * other.wordsPerRow) % 2 ** 32;
    return [other, place] as const;
  });
  return [[mask, firstPlace(start, rowOffset, mask)], ...after];
}
