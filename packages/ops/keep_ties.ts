import { defineOp, type PanelPosition, type View } from "@graphon-limit/runtime";
import shader from "../../shaders/keep_ties.wgsl" with { type: "text" };
import tieHashing from "../../shaders/shared/tie_hash.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";
import { busyGrid, groupsToKeepBusy } from "./grid.ts";
import { firstPlace, HASH_WORD, keepsTies, SELECT_WORDS, STRETCH_WORD } from "./select_state.ts";
import { tieHash, tieStretch } from "./tie_hash.ts";
import { IN_ORDER, othersOf } from "./together.ts";
import { keep_ties as assembly } from "./wasm/signatures.ts";

/**
 * Adds to `mask` [m, n] the ties that are kept: the set bits of `ties` [1, w] whose hash is less than the one in `state`, or
 * equal to it in a stretch of 2³² positions that is not beyond the state's. The first word of `ties` is word `offset` of the
 * masks laid end to end; the mask's first row begins at word `start` of `ties`, modulo 2³², and words that `ties` does not have
 * say nothing. Up to three more masks, which lie one after another from word `next` on, have theirs added with the first panel of
 * `mask`, which saves launches.
 */
export const keepTies = defineOp({
  name: "keep_ties",
  shader: [tieHashing, shader],
  bindings: {
    ties: "u32",
    state: "u32",
    mask: "bits inout",
    second: "bits inout?",
    third: "bits inout?",
    fourth: "bits inout?",
  },
  params: { seedLow: "u32", seedHigh: "u32", offset: "u32", start: "u32", next: "u32" },
  shapes: {
    ties: [1, "w"],
    state: [1, SELECT_WORDS],
    mask: ["m", "n"],
    second: ["p", "q"],
    third: ["r", "s"],
    fourth: ["t", "u"],
  },
  rules: [IN_ORDER],
  panelled: ["mask"],
  tuning: (_, _settings, info) => ({ GROUPS: groupsToKeepBusy(info) }),
  workgroups: ({ mask, ...others }, _, { GROUPS }) => {
    const words = [mask, ...othersOf(others)].map(({ rows, wordsPerRow }) => rows * wordsPerRow);
    return busyGrid(Math.max(...words), Number(GROUPS));
  },
  reference({ ties, state, mask, ...others }, settings) {
    if (!keepsTies(state)) return;
    const { seedLow, seedHigh, offset } = settings;
    const bound = state.data[HASH_WORD], stretch = state.data[STRETCH_WORD];
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
  accelerated({ ties, state, mask, ...others }, settings, { address, launch }) {
    if (!keepsTies(state)) return;
    const { seedLow, seedHigh, offset } = settings;
    for (const [to, start] of places(mask, othersOf(others), settings)) {
      const words = to.rows * to.wordsPerRow;
      launch(assembly.keep_ties, Math.ceil(words / assembly.PART_WORDS), {
        ties: address(ties),
        tieWords: ties.cols,
        start,
        words,
        state: address(state),
        mask: address(to),
        seedLow,
        seedHigh,
        offset,
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
