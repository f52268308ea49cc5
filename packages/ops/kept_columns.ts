import { defineOp } from "@graphon-limit/runtime";
import shader from "../../shaders/kept_columns.wgsl" with { type: "text" };
import scan from "../../shaders/shared/scan.wgsl" with { type: "text" };
import { lowestBit } from "./float_bits.ts";
import { groupGrid } from "./grid.ts";
import { kept_columns as assembly } from "./wasm/signatures.ts";

/**
 * Lists what a mask [m, n] keeps in some of its rows: row `k` of `list` [rows, n + 1] becomes the number of ones in row `first + k`
 * and, after it, their columns in rising order. What comes after those is left as it is.
 */
export const keptColumns = defineOp({
  name: "kept_columns",
  shader: [scan, shader],
  bindings: { mask: "bits", list: "u32 inout" },
  params: { first: "u32" },
  shapes: { mask: ["m", "n"], list: ["rows", "width"] },
  rules: [
    {
      says: "rows of mask from first on, as many as list has",
      holds: ({ mask, list }, { first }) => first + list.rows <= mask.rows,
    },
    {
      says: "a list of one column more than mask",
      holds: ({ mask, list }) => list.cols === mask.cols + 1,
    },
  ],
  workgroups: ({ list }) => groupGrid(list.rows),
  reference({ mask, list }, { first }) {
    for (let row = 0; row < list.rows; row++) {
      const from = (first + row) * mask.wordsPerRow, start = row * list.cols;
      let count = 0;
      for (let word = 0; word < mask.wordsPerRow; word++) {
        for (let left = mask.data[from + word]; left !== 0; left &= left - 1) {
          list.data[start + ++count] = word * 32 + lowestBit(left);
        }
      }
      list.data[start] = count;
    }
  },
  accelerated({ mask, list }, { first }, { address, launch }) {
    launch(assembly.kept_columns, Math.ceil(list.rows / assembly.PART_ROWS), {
      mask: address(mask) + first * mask.wordsPerRow * 4,
      words: mask.wordsPerRow,
      rows: list.rows,
      list: address(list),
      pitch: list.cols * 4,
    });
  },
});
