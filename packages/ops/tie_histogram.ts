import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/tie_histogram.wgsl" with { type: "text" };
import findBinShader from "../../shaders/shared/find_bin.wgsl" with { type: "text" };
import tieBoundShader from "../../shaders/shared/tie_bound.wgsl" with { type: "text" };
import tieHashing from "../../shaders/shared/tie_hash.wgsl" with { type: "text" };
import { countIn, tieBound } from "./find_bin.ts";
import { lowestBit } from "./float_bits.ts";
import { busyGrid, groupsToKeepBusy } from "./grid.ts";
import { SELECT_BINS } from "./select_histogram.ts";
import { keepsTies, KEY_DIGITS, SELECT_ROWS, SELECT_WORDS, TIE_PASSES } from "./select_state.ts";
import { tieHash, tieStretch } from "./tie_hash.ts";
import { tie_histogram as assembly } from "./wasm/signatures.ts";

/** Where each pass counts, and by which bits of the hash: none in the pass over stretches. */
const PASSES = [...KEY_DIGITS, [0, 0]] as const;

/**
 * A pass of the selection among ties after the first, which `mask_from_threshold` does as it notes them: adds to the pass's rows
 * of `histogram` [10, 2049] how many set bits of `ties` [1, n] have each value of the digit of their hash that `passIndex`, 1 or 2,
 * counts, among those whose higher digits are those that the passes before it found; or, in pass 3, how many of those with the very
 * hash they found are in each stretch of 2³² positions. The first word of `ties` is word `offset` of the masks laid end to end.
 * Counts nothing where no ties are to be kept.
 */
export const tieHistogram = defineOp({
  name: "tie_histogram",
  shader: [findBinShader, tieBoundShader, tieHashing, shader],
  bindings: { ties: "u32", state: "u32", histogram: "u32 inout" },
  params: { seedLow: "u32", seedHigh: "u32", offset: "u32", passIndex: "u32" },
  shapes: { ties: [1, "n"], state: [1, SELECT_WORDS], histogram: [SELECT_ROWS, SELECT_BINS + 1] },
  rules: [{
    says: "a pass of 1 to 3",
    holds: (_, { passIndex }) => Number.isInteger(passIndex) && passIndex >= 1 && passIndex < TIE_PASSES,
  }],
  atomics: ["histogram"],
  tuning: (_, _settings, info) => ({ GROUPS: groupsToKeepBusy(info) }),
  workgroups: ({ ties }, _, { GROUPS }) => busyGrid(ties.cols, Number(GROUPS)),
  reference({ ties, state, histogram }, { seedLow, seedHigh, offset, passIndex }) {
    if (!keepsTies(state)) return;
    const { hash: found } = tieBound(histogram, state, passIndex), [shift, digitBits] = PASSES[passIndex];
    const byStretch = digitBits === 0, above = shift + digitBits, digitMask = 2 ** digitBits - 1;
    for (let index = 0; index < ties.cols; index++) {
      const word = (offset + index) % 2 ** 32;
      for (let left = ties.data[index]; left !== 0; left &= left - 1) {
        const hash = tieHash(word, lowestBit(left), seedLow, seedHigh);
        if (hash >>> above !== found >>> above) continue;
        countIn(histogram, 1 + passIndex, byStretch ? tieStretch(word) : (hash >>> shift) & digitMask);
      }
    }
  },
  accelerated({ ties, state, histogram }, { seedLow, seedHigh, offset, passIndex }, { address, launch }) {
    if (!keepsTies(state)) return;
    const { hash: found } = tieBound(histogram, state, passIndex), [shift, digitBits] = PASSES[passIndex];
    launch(assembly.tie_histogram, Math.ceil(ties.cols / assembly.PART_WORDS), {
      ties: address(ties),
      words: ties.cols,
      counts: countsOf(address(histogram), passIndex),
      ...{ seedLow, seedHigh, offset, found, shift, digitBits },
    });
  },
});

/** Where a histogram at an address has the counts of a pass. */
export function countsOf(histogram: number, passIndex: number): number {
  return histogram + 2 * (1 + passIndex) * (SELECT_BINS + 1) * 4;
}
