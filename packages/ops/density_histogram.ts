import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/density_histogram.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";
import { groupGrid } from "./grid.ts";
import { density_histogram as assembly } from "./wasm/signatures.ts";

/** Most cells along the columns: they are counted in workgroup memory, 16 KiB on every WebGPU device. */
export const MOST_COLUMN_CELLS = 4096;

/**
 * Adds to `counts` [A, B] the ones of a mask [m, n] by cell: entry (i, j) belongs to cell (rowCell[i], columnCell[j]).
 * The cells carry the permutations that sort the mask, so the mask itself is read once, in place, bits as bits.
 */
export const densityHistogram = defineOp({
  name: "density_histogram",
  shader,
  bindings: { mask: "bits", rowCell: "u32", columnCell: "u32", counts: "u32 inout" },
  shapes: { mask: ["m", "n"], rowCell: ["m", 1], columnCell: [1, "n"], counts: ["a", "b"] },
  rules: [
    {
      says: `counts of at most ${MOST_COLUMN_CELLS} cells along the columns`,
      holds: ({ counts }) => counts.cols <= MOST_COLUMN_CELLS,
    },
  ],
  panelled: ["mask"],
  atomics: ["counts"],
  tuning: ({ counts }) => ({ CELLS: Math.max(counts.cols, 1) }),
  workgroups: ({ mask }) => groupGrid(mask.rows),
  reference({ mask, rowCell, columnCell, counts }, { rowOffset }) {
    for (let i = 0; i < mask.rows; i++) {
      const start = i * mask.wordsPerRow, target = rowCell.data[rowOffset + i] * counts.cols;
      for (let word = 0; word < mask.wordsPerRow; word++) {
        for (let left = mask.data[start + word]; left !== 0; left &= left - 1) {
          counts.data[target + columnCell.data[word * 32 + lowestBit(left)]]++;
        }
      }
    }
  },
  accelerated({ mask, rowCell, columnCell, counts }, { rowOffset }, { address, launch }) {
    launch(assembly.density_histogram, Math.ceil(mask.rows / assembly.PART_ROWS), {
      mask: address(mask),
      rows: mask.rows,
      words: mask.wordsPerRow,
      rowCell: address(rowCell) + rowOffset * 4,
      columnCell: address(columnCell),
      counts: address(counts),
      cells: counts.cols,
    });
  },
});
