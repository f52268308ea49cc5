import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/tie_histogram.wgsl" with { type: "text" };
import tieHashing from "../../shaders/shared/tie_hash.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";
import { busyGrid, groupsToKeepBusy } from "./grid.ts";
import { SELECT_BINS } from "./select_histogram.ts";
import { HASH_WORD, keepsTies, SELECT_WORDS } from "./select_state.ts";
import { tieHash, tieStretch } from "./tie_hash.ts";
import { tie_histogram as assembly } from "./wasm/signatures.ts";

/**
 * One pass of the selection among ties: adds to `histogram` [2, 2049] how many set bits of `ties` [1, n] have each value of the
 * digit of `digitBits` bits at `shift` in their hash, among those whose higher digits equal the hash in `state`; or, with
 * `byStretch` = 1, how many of those with that very hash are in each stretch of 2³² positions. The first word of `ties` is
 * word `offset` of the masks laid end to end. Counts nothing where no ties are to be kept.
 */
export const tieHistogram = defineOp({
  name: "tie_histogram",
  shader: [tieHashing, shader],
  bindings: { ties: "u32", state: "u32", histogram: "u32 inout" },
  params: {
    seedLow: "u32",
    seedHigh: "u32",
    offset: "u32",
    shift: "u32",
    digitBits: "u32",
    byStretch: "u32",
  },
  shapes: { ties: [1, "n"], state: [1, SELECT_WORDS], histogram: [2, SELECT_BINS + 1] },
  atomics: ["histogram"],
  tuning: (_, _settings, info) => ({ GROUPS: groupsToKeepBusy(info) }),
  workgroups: ({ ties }, _, { GROUPS }) => busyGrid(ties.cols, Number(GROUPS)),
  reference({ ties, state, histogram }, { seedLow, seedHigh, offset, shift, digitBits, byStretch }) {
    if (!keepsTies(state)) return;
    const counts = histogram.data, found = state.data[HASH_WORD];
    const above = shift + digitBits, digitMask = 2 ** digitBits - 1;
    const first = above === 32, prefix = first ? 0 : found >>> above;
    const count = (bin: number) => {
      counts[bin]++;
      if (counts[bin] === 0) counts[SELECT_BINS + 1 + bin]++;
    };
    for (let index = 0; index < ties.cols; index++) {
      const word = (offset + index) % 2 ** 32;
      for (let left = ties.data[index]; left !== 0; left &= left - 1) {
        const hash = tieHash(word, lowestBit(left), seedLow, seedHigh);
        if (byStretch === 1) {
          if (hash === found) count(tieStretch(word));
        } else if (first || hash >>> above === prefix) count((hash >>> shift) & digitMask);
      }
    }
  },
  accelerated({ ties, state, histogram }, settings, { address, launch }) {
    if (!keepsTies(state)) return;
    const { seedLow, seedHigh, offset, shift, digitBits, byStretch } = settings;
    launch(assembly.tie_histogram, Math.ceil(ties.cols / assembly.PART_WORDS), {
      ties: address(ties),
      words: ties.cols,
      state: address(state),
      histogram: address(histogram),
      seedLow,
      seedHigh,
      offset,
      shift,
      digitBits,
      byStretch,
    });
  },
});
