import { BLOCK_COLUMNS, BLOCK_ROW, ENTRY, keptBits, sumList } from "./shared/kept_weights";
import { packRows } from "./shared/pack";
import { COLUMN_BLOCK, INNER_BLOCK, multiplyBlock } from "./shared/products";
import { scratch } from "./shared/scratch";
import { RIGHT_BYTES, TILE_BYTES, TILE_ROWS } from "./shared/tile";

/** Rows of the product that a part of {@link masked_matmul} makes: a multiple of a tile's. */
export const PART_ROWS: usize = 48;

/** Rows of the product that a part of {@link sparse_matmul} makes. */
export const SPARSE_ROWS: usize = 16;

/** Terms of the sums whose weights are listed at a time: a block of so many rows stays in the second cache. */
const LISTED_TERMS: usize = 1024;

/**
 * Some rows of `out = scale · (weights ⊙ mask) · right`, or that added: weights [rows, inner], right packed by
 * {@link pack_right}, out [rows, columns].
 */
export function masked_matmul(
  part: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  rows: usize,
  inner: usize,
  right: usize,
  columns: usize,
  out: usize,
  scale: f32,
  add: bool,
): void {
  const tile = scratch(), left = tile + TILE_BYTES;
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  for (let column: usize = 0; column < columns; column += COLUMN_BLOCK) {
    const endColumn = min(column + COLUMN_BLOCK, columns);
    for (let l: usize = 0; l == 0 || l < inner; l += INNER_BLOCK) {
      const count = min(INNER_BLOCK, inner - l);
      for (let row = first; row < end; row += TILE_ROWS) {
        const height = min(TILE_ROWS, end - row);
        const words = mask ? mask + row * maskPitch : 0;
        packRows(weights + row * inner * 4, inner * 4, words, maskPitch, height, l, count, left);
        const target = out + row * columns * 4;
        multiplyBlock(
          left,
          right + l * RIGHT_BYTES,
          inner * RIGHT_BYTES,
          count,
          target,
          columns * 4,
          height,
          column,
          endColumn,
          scale,
          add || l > 0,
          tile,
        );
      }
    }
  }
}

/** Lists a row's kept weights among the words given; the end of the list. */
function listRow(
  weights: usize,
  mask: usize,
  columns: usize,
  firstWord: usize,
  endWord: usize,
  list: usize,
): usize {
  for (let word = firstWord; word < endWord; word++) {
    const offset = (word - firstWord) * 32 * BLOCK_ROW, from = weights + word * BLOCK_ROW;
    for (let left = keptBits(mask, word, columns); left; left &= left - 1, list += ENTRY) {
      const bit = <usize> ctz(left);
      store<u64>(list, <u64> load<u32>(from + bit * 4) << 32 | <u64> (offset + bit * BLOCK_ROW));
    }
  }
  return list;
}

/**
 * Some rows of `out = scale · (weights ⊙ mask) · right`, or that added: weights [rows, inner], right packed by
 * {@link pack_blocks}, out [rows, columns].
 */
export function sparse_matmul(
  part: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  rows: usize,
  inner: usize,
  right: usize,
  columns: usize,
  out: usize,
  scale: f32,
  add: bool,
): void {
  const ends = scratch(), spare = ends + SPARSE_ROWS * 4, lists = spare + BLOCK_ROW;
  const first = part * SPARSE_ROWS, end = min(first + SPARSE_ROWS, rows);
  for (let l: usize = 0; l == 0 || l < inner; l += LISTED_TERMS) {
    const endWord = (min(l + LISTED_TERMS, inner) + 31) / 32;
    for (let row = first, list = lists; row < end; row++) {
      list = listRow(weights + row * inner * 4, mask + row * maskPitch, inner, l / 32, endWord, list);
      store<u32>(ends + (row - first) * 4, <u32> list);
    }
    for (let column: usize = 0; column < columns; column += BLOCK_COLUMNS) {
      const block = right + column * inner * 4 + l * BLOCK_ROW, width = min(BLOCK_COLUMNS, columns - column);
      for (let row = first, list = lists; row < end; row++) {
        const listEnd = <usize> load<u32>(ends + (row - first) * 4);
        sumList(list, listEnd, block, out + (row * columns + column) * 4, width, scale, add || l > 0, spare);
        list = listEnd;
      }
    }
  }
}
