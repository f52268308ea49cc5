import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/keep_ties.wgsl" with { type: "text" };
import tieHashing from "../../shaders/shared/tie_hash.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";
import { busyGrid, groupsToKeepBusy } from "./grid.ts";
import { firstPlace, HASH_WORD, keepsTies, SELECT_WORDS, STRETCH_WORD } from "./select_state.ts";
import { tieHash, tieStretch } from "./tie_hash.ts";
import { keep_ties as assembly } from "./wasm/signatures.ts";

/**
 * Adds to `mask` [m, n] the ties that are kept: the set bits of `ties` [1, w] whose hash is less than the one in `state`, or
 * equal to it in a stretch of 2³² positions that is not beyond the state's. The first word of `ties` is word `offset` of the
 * masks laid end to end; the mask's first row begins at word `start` of `ties`, modulo 2³², and words that `ties` does not have
 * say nothing.
 */
export const keepTies = defineOp({
  name: "keep_ties",
  shader: [tieHashing, shader],
  bindings: { ties: "u32", state: "u32", mask: "bits inout" },
  params: { seedLow: "u32", seedHigh: "u32", offset: "u32", start: "u32" },
  shapes: { ties: [1, "w"], state: [1, SELECT_WORDS], mask: ["m", "n"] },
  panelled: ["mask"],
  tuning: (_, _settings, info) => ({ GROUPS: groupsToKeepBusy(info) }),
  workgroups: ({ mask }, _, { GROUPS }) => busyGrid(mask.rows * mask.wordsPerRow, Number(GROUPS)),
  reference({ ties, state, mask }, { seedLow, seedHigh, offset, start, rowOffset }) {
    if (!keepsTies(state)) return;
    const bound = state.data[HASH_WORD], stretch = state.data[STRETCH_WORD];
    const first = firstPlace(start, rowOffset, mask), count = mask.rows * mask.wordsPerRow;
    for (let index = 0; index < count; index++) {
      const place = (first + index) % 2 ** 32, word = (offset + place) % 2 ** 32;
      for (let left = ties.data[place] ?? 0; left !== 0; left &= left - 1) {
        const bit = lowestBit(left), hash = tieHash(word, bit, seedLow, seedHigh);
        const kept = hash < bound || (hash === bound && tieStretch(word) <= stretch);
        if (kept) mask.data[index] |= 1 << bit;
      }
    }
  },
  accelerated({ ties, state, mask }, settings, { address, launch }) {
    if (!keepsTies(state)) return;
    const { seedLow, seedHigh, offset, start, rowOffset } = settings;
    const words = mask.rows * mask.wordsPerRow;
    launch(assembly.keep_ties, Math.ceil(words / assembly.PART_WORDS), {
      ties: address(ties),
      tieWords: ties.cols,
      start: firstPlace(start, rowOffset, mask),
      words,
      state: address(state),
      mask: address(mask),
      seedLow,
      seedHigh,
      offset,
    });
  },
});
