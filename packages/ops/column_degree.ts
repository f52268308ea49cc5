import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/column_degree.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";

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
  accelerated({ mask, degree }, { firstPanel }, kernels) {
    if (firstPanel) degree.data.fill(0);
    const size = [mask.rows, mask.wordsPerRow, mask.cols];
    const parts = Math.ceil(mask.wordsPerRow / 16);
    kernels.launch("column_degree", parts, kernels.address(mask), ...size, kernels.address(degree));
  },
});
