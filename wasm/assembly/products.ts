import { multiplyTile, TILE_BYTES, TILE_COLUMNS, TILE_ROWS } from "./micro_kernel";
import { packColumns, packRight, packRows, STRIP_COLUMNS, STRIP_ROW_BYTES } from "./pack";
import { scratch } from "./scratch";

/** Terms of the sums taken at a time: six packed rows of so many stay in the first cache. */
const INNER_BLOCK: usize = 256;

/** Columns of the right side taken at a time: so many, packed, stay in the second cache. */
const COLUMN_BLOCK: usize = 256;

/** Rows of the right side that a part of {@link pack_right} packs. */
const PACKED_ROWS: usize = 64;

/** Rows of the product that a part of {@link masked_matmul} makes: a multiple of six. */
const PRODUCT_ROWS: usize = 48;

/** Packs the right side of a product, `source` [inner, columns], for {@link masked_matmul}: 64 rows a part. */
export function pack_right(
  part: usize,
  source: usize,
  pitch: usize,
  inner: usize,
  columns: usize,
  target: usize,
): void {
  const first = part * PACKED_ROWS;
  packRight(source, pitch, inner, columns, first, min(first + PACKED_ROWS, inner), target);
}

/** Writes `scale` times a tile, or adds it, to the rows and columns of `out` there are. */
function addTile(
  tile: usize,
  out: usize,
  pitch: usize,
  rows: usize,
  columns: usize,
  scale: f32,
  add: bool,
): void {
  if (columns == TILE_COLUMNS) {
    const factor = f32x4.splat(scale);
    for (let i: usize = 0; i < rows; i++, tile += 32, out += pitch) {
      let low = f32x4.mul(factor, v128.load(tile)), high = f32x4.mul(factor, v128.load(tile, 16));
      if (add) {
        low = f32x4.add(low, v128.load(out));
        high = f32x4.add(high, v128.load(out, 16));
      }
      v128.store(out, low);
      v128.store(out, high, 16);
    }
    return;
  }
  for (let i: usize = 0; i < rows; i++, tile += 32, out += pitch) {
    for (let j: usize = 0; j < columns; j++) {
      const value = scale * load<f32>(tile + j * 4);
      store<f32>(out + j * 4, add ? load<f32>(out + j * 4) + value : value);
    }
  }
}

/** Multiplies one packed block of six rows with the packed tiles of some columns. */
function multiplyBlock(
  left: usize,
  right: usize,
  rightTileBytes: usize,
  inner: usize,
  out: usize,
  pitch: usize,
  rows: usize,
  firstColumn: usize,
  endColumn: usize,
  scale: f32,
  add: bool,
  tile: usize,
): void {
  for (let column = firstColumn; column < endColumn; column += TILE_COLUMNS) {
    multiplyTile(left, right + (column / TILE_COLUMNS) * rightTileBytes, inner, tile, false);
    const columns = min(TILE_COLUMNS, endColumn - column);
    addTile(tile, out + column * 4, pitch, rows, columns, scale, add);
  }
}

/**
 * 48 rows of `out = scale · (weights ⊙ mask) · right`, or that added: weights [rows, inner], right packed by
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
  const first = part * PRODUCT_ROWS, end = min(first + PRODUCT_ROWS, rows);
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
          right + l * 32,
          inner * 32,
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

/**
 * 96 rows of `out = scale · (weights ⊙ mask)ᵀ · right`, or that added: weights [inner, rows], right packed by
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
  const tile = scratch(), line = tile + TILE_BYTES, left = line + STRIP_ROW_BYTES;
  const first = part * STRIP_COLUMNS, height = min(STRIP_COLUMNS, rows - first);
  for (let column: usize = 0; column < columns; column += COLUMN_BLOCK) {
    const endColumn = min(column + COLUMN_BLOCK, columns);
    for (let l: usize = 0; l == 0 || l < inner; l += INNER_BLOCK) {
      const count = min(INNER_BLOCK, inner - l);
      const words = mask ? mask + l * maskPitch : 0;
      packColumns(weights + l * rows * 4, rows * 4, words, maskPitch, first, height, count, line, left);
      for (let i: usize = 0; i < height; i += TILE_ROWS) {
        const target = out + (first + i) * columns * 4, packed = left + i * count * 4;
        const tall = min(TILE_ROWS, height - i);
        multiplyBlock(
          packed,
          right + l * 32,
          inner * 32,
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
