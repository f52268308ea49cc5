import { wordsPerBitRow } from "@graphon-limit/runtime";
import type { Watch } from "../watch.ts";

/** The words of a bit matrix [rows, cols] with rows and columns exchanged; only ones are visited. */
export async function transposeBits(
  words: Uint32Array,
  rows: number,
  cols: number,
  watch: Watch,
): Promise<Uint32Array> {
  const from = wordsPerBitRow(cols), to = wordsPerBitRow(rows);
  const result = new Uint32Array(cols * to);
  for (let i = 0; i < rows; i++) {
    const target = i >>> 5, bit = 1 << (i & 31);
    for (let word = 0; word < from; word++) {
      for (let left = words[i * from + word]; left !== 0; left &= left - 1) {
        const j = word * 32 + 31 - Math.clz32(left & -left);
        result[j * to + target] |= bit;
      }
    }
    await watch.at((i + 1) / rows);
  }
  return result;
}

/** The words of some rows of a bit matrix, in the order given. */
export function gatherRows(words: Uint32Array, wordsPerRow: number, rows: Uint32Array): Uint32Array {
  const result = new Uint32Array(rows.length * wordsPerRow);
  rows.forEach((row, at) => {
    result.set(words.subarray(row * wordsPerRow, (row + 1) * wordsPerRow), at * wordsPerRow);
  });
  return result;
}
