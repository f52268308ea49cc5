import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/column_degree.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";
import { column_degree as assembly } from "./wasm/signatures.ts";

/** Ones in each column of a mask [m, n]: the degree [1, n] of each input. */
export const columnDegree = defineOp({
  name: "column_degree",
  shader,
  bindings: { mask: "bits", degree: "u32 inout" },
  shapes: { mask: ["m", "n"], degree: [1, "n"] },
  panelled: ["mask"],
  workgroups: ({ mask }) => [mask.wordsPerRow],
  reference({ mask, degree }, { firstPanel }) {
    if (firstPanel) degree.data.fill(0);
    for (let i = 0; i < mask.rows; i++) {
      const start = i * mask.wordsPerRow;
      for (let word = 0; word < mask.wordsPerRow; word++) {
        for (let left = mask.data[start + word]; left !== 0; left &= left - 1) {
          degree.data[word * 32 + lowestBit(left)]++;
        }
      }
    }
  },
  accelerated({ mask, degree }, { firstPanel }, { address, launch }) {
    if (firstPanel) degree.data.fill(0);
    const { rows, cols, wordsPerRow } = mask;
    launch(assembly.column_degree, Math.ceil(wordsPerRow / assembly.PART_WORDS), {
      mask: address(mask),
      rows,
      words: wordsPerRow,
      columns: cols,
      degree: address(degree),
    });
  },
});
