import { defineOp, elementBlock, STREAM, uniformFromBits } from "@graphon-limit/runtime";
import shader from "../../shaders/sample_mask.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import philox from "../../shaders/shared/philox.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";

/**
 * A random mask [m, n] from cell probabilities [A, B]: entry (i, j) is one with probability
 * `probabilities[⌊i·A/m⌋, ⌊j·B/n⌋]`, where `i` counts from the whole matrix's first row and `totalRows` is m. The same on
 * every device. Rows times A and columns times B must stay below 2³².
 */
export const sampleMask = defineOp({
  name: "sample_mask",
  shader: [grid, philox, shader],
  bindings: { probabilities: "f32", mask: "bits out" },
  params: { seedLow: "u32", seedHigh: "u32", layer: "u32", totalRows: "u32" },
  shapes: { probabilities: ["a", "b"], mask: ["totalRows", "n"] },
  panelled: ["mask"],
  workgroups: ({ mask }) => gridOf(mask.rows * mask.wordsPerRow),
  reference({ probabilities, mask }, { seedLow, seedHigh, layer, totalRows, rowOffset }) {
    const seed = [seedLow, seedHigh] as const, bits = new Uint32Array(4);
    const cellColumns = Uint32Array.from(
      { length: mask.cols },
      (_, j) => Math.floor(j * probabilities.cols / mask.cols),
    );
    mask.data.fill(0);
    for (let i = 0; i < mask.rows; i++) {
      const row = rowOffset + i;
      const cellRow = Math.floor(row * probabilities.rows / totalRows) * probabilities.cols;
      for (let j = 0; j < mask.cols; j++) {
        if (j % 4 === 0) elementBlock(seed, STREAM.mask, layer, row, j, bits);
        if (uniformFromBits(bits[j % 4]) < probabilities.data[cellRow + cellColumns[j]]) {
          mask.data[i * mask.wordsPerRow + (j >>> 5)] |= 1 << (j & 31);
        }
      }
    }
  },
});
