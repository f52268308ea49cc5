import type { Watch } from "../watch.ts";

/** Rows put together that are the same in every mask: a mask of few columns has few kinds of rows, however many rows. */
export interface RowClasses {
  readonly count: number;
  /** The class of each row. */
  readonly of: Uint32Array;
  /** The first row of each class, in the order in which rows were gone through; classes are numbered in it. */
  readonly first: Uint32Array;
  /** Rows in each class. */
  readonly sizes: Uint32Array;
}

/**
 * The classes of some masks' rows.
 *
 * @param words the masks, so many words a row
 * @param order the rows in the order in which classes are found
 * @param apart rows that are classes of their own, whatever they are
 */
export async function classifyRows(
  words: readonly Uint32Array[],
  wordsPerRow: number,
  order: Uint32Array,
  apart: Uint32Array,
  watch: Watch,
): Promise<RowClasses> {
  const rows = order.length, alone = new Uint8Array(rows);
  for (const row of apart) alone[row] = 1;
  // Open addressing: where in the table a class is found follows from the words of its rows.
  const places = 2 ** Math.ceil(Math.log2(2 * rows)), table = new Uint32Array(places);
  const of = new Uint32Array(rows), first = new Uint32Array(rows), sizes = new Uint32Array(rows);
  let count = 0;
  for (const [done, row] of order.entries()) {
    let place = hashOf(words, wordsPerRow, row) & (places - 1);
    while (!alone[row] && table[place] > 0 && !sameRows(words, wordsPerRow, row, first[table[place] - 1])) {
      place = (place + 1) & (places - 1);
    }
    const found = alone[row] ? 0 : table[place], own = found > 0 ? found - 1 : count++;
    if (found === 0) {
      first[own] = row;
      if (!alone[row]) table[place] = own + 1;
    }
    of[row] = own;
    sizes[own]++;
    await watch.at((done + 1) / rows);
  }
  return { count, of, first: first.slice(0, count), sizes: sizes.slice(0, count) };
}

function hashOf(words: readonly Uint32Array[], wordsPerRow: number, row: number): number {
  let hash = 0;
  for (const mask of words) {
    for (let at = row * wordsPerRow; at < (row + 1) * wordsPerRow; at++) {
      hash = Math.imul(hash ^ mask[at], 0x9e3779b1);
      hash ^= hash >>> 15;
    }
  }
  return hash;
}

function sameRows(words: readonly Uint32Array[], wordsPerRow: number, a: number, b: number): boolean {
  for (const mask of words) {
    for (let word = 0; word < wordsPerRow; word++) {
      if (mask[a * wordsPerRow + word] !== mask[b * wordsPerRow + word]) return false;
    }
  }
  return true;
}
