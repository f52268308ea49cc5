import { InvalidArgumentError } from "./errors.ts";
import { wordsPerBitRow } from "./matrix.ts";

/**
 * Packs 0/1 bytes, row-major `[rows, cols]`, into the words of a `BitMatrix`. Any non-zero byte is a one.
 *
 * @param bytes row-major [rows, cols]
 * @returns `rows · ⌈cols / 32⌉` words, each row beginning a word of its own
 * @throws {InvalidArgumentError} unless there are `rows · cols` bytes
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openDevice, packBits, unpackBits } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using mask = device.uploadBits(packBits([1, 0, 0, 1, 1, 1], 2, 3), 2, 3);
 * assert.deepEqual([...unpackBits(await device.readBits(mask), 2, 3)], [1, 0, 0, 1, 1, 1]);
 * ```
 */
export function packBits(bytes: ArrayLike<number>, rows: number, cols: number): Uint32Array {
  if (bytes.length !== rows * cols) {
    throw new InvalidArgumentError(
      `Expected ${rows}×${cols} = ${rows * cols} mask entries but found ${bytes.length}`,
    );
  }
  const wordsPerRow = wordsPerBitRow(cols);
  const words = new Uint32Array(rows * wordsPerRow);
  for (let i = 0; i < rows; i++) {
    const source = i * cols, target = i * wordsPerRow;
    for (let j = 0; j < cols; j++) {
      if (bytes[source + j] !== 0) words[target + (j >>> 5)] |= 1 << (j & 31);
    }
  }
  return words;
}

/** The 0/1 bytes, row-major `[rows, cols]`, of a `BitMatrix`'s words. */
export function unpackBits(words: Uint32Array, rows: number, cols: number): Uint8Array {
  const wordsPerRow = wordsPerBitRow(cols);
  const bytes = new Uint8Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const source = i * wordsPerRow, target = i * cols;
    for (let j = 0; j < cols; j++) bytes[target + j] = (words[source + (j >>> 5)] >>> (j & 31)) & 1;
  }
  return bytes;
}

/** The number of ones in a 32-bit word. */
export function popCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
