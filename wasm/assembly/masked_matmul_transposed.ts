import { BLOCK_COLUMNS, BLOCK_ROW, ENTRY, keptBits, sumList } from "./shared/kept_weights";
import { packColumns, STRIP_COLUMNS } from "./shared/pack";
import { COLUMN_BLOCK, INNER_BLOCK, multiplyBlock } from "./shared/products";
import { scratch } from "./shared/scratch";
import { RIGHT_BYTES, TILE_BYTES, TILE_ROWS } from "./shared/tile";

/** Rows of the product that a part of {@link masked_matmul_transposed} makes: a strip of packed columns. */
export const PART_ROWS: usize = STRIP_COLUMNS;

/** Rows of the product that a part of {@link sparse_matmul_transposed} makes: those of two words of a mask's row. */
export const SPARSE_ROWS: usize = 64;

/** Terms whose weights are listed at a time: there is a list for each of a part's rows. */
const LISTED_ROWS: usize = 256;

/**
 * Some rows of `out = scale · (weights ⊙ mask)ᵀ · right`, or that added: weights [inner, rows], right packed by
 * {@link pack_right}, out [rows, columns].
 */
export function masked_matmul_transposed(
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
  const first = part * PART_ROWS, height = min(PART_ROWS, rows - first);
  for (let column: usize = 0; column < columns; column += COLUMN_BLOCK) {
    const endColumn = min(column + COLUMN_BLOCK, columns);
    for (let l: usize = 0; l == 0 || l < inner; l += INNER_BLOCK) {
      const count = min(INNER_BLOCK, inner - l);
      const words = mask ? mask + l * maskPitch : 0;
      packColumns(weights + l * rows * 4, rows * 4, words, maskPitch, first, height, count, left);
      for (let i: usize = 0; i < height; i += TILE_ROWS) {
        const target = out + (first + i) * columns * 4, packed = left + i * count * 4;
        const tall = min(TILE_ROWS, height - i);
        multiplyBlock(
          packed,
          right + l * RIGHT_BYTES,
          inner * RIGHT_BYTES,
          count,
          target,
          columns * 4,
          tall,
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

/**
 * Some rows of `out = scale · (weights ⊙ mask)ᵀ · right`, or that added: weights [inner, rows], right packed by
 * {@link pack_blocks}, out [rows, columns].
 */
export function sparse_matmul_transposed(
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
  const listBytes = LISTED_ROWS * ENTRY;
  const first = part * SPARSE_ROWS,
    height = min(SPARSE_ROWS, rows - first),
    endWord = (first + height + 31) / 32;
  for (let l: usize = 0; l == 0 || l < inner; l += LISTED_ROWS) {
    const last = min(l + LISTED_ROWS, inner);
    for (let i: usize = 0; i < SPARSE_ROWS; i++) store<u32>(ends + i * 4, <u32> (lists + i * listBytes));
    for (let row = l; row < last; row++) {
      const offset = <u64> ((row - l) * BLOCK_ROW), line = weights + row * rows * 4;
      for (let word = first / 32; word < endWord; word++) {
        const from = line + word * BLOCK_ROW, ownEnds = ends + (word * 32 - first) * 4;
        for (let left = keptBits(mask + row * maskPitch, word, rows); left; left &= left - 1) {
          const at = <usize> ctz(left) * 4, entry = <usize> load<u32>(ownEnds + at);
          store<u64>(entry, <u64> load<u32>(from + at) << 32 | offset);
          store<u32>(ownEnds + at, <u32> (entry + ENTRY));
        }
      }
    }
    for (let column: usize = 0; column < columns; column += BLOCK_COLUMNS) {
      const block = right + column * inner * 4 + l * BLOCK_ROW, width = min(BLOCK_COLUMNS, columns - column);
      for (let i: usize = 0; i < height; i++) {
        const to = out + ((first + i) * columns + column) * 4, listEnd = <usize> load<u32>(ends + i * 4);
        sumList(lists + i * listBytes, listEnd, block, to, width, scale, add || l > 0, spare);
      }
    }
  }
}
