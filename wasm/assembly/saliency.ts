import { bitsFrom, lanesOf } from "./bits";
import { multiplyTile, TILE_COLUMNS, TILE_ROWS } from "./micro_kernel";
import { packEightRows, packRows } from "./pack";
import { scratch } from "./scratch";

/** Blocks of rows, or tiles of columns, that a part of a packing kernel takes. */
const PACKED_BLOCKS: usize = 8;

/** Rows that a part of {@link saliency} takes: a multiple of six. */
const STRIP_ROWS: usize = 24;

/** Columns taken at a time: so many, packed, stay in the second cache. */
const COLUMN_BLOCK: usize = 512;

/**
 * Packs rows of `source` [rows, inner] six by six into `target[block, l, i]`, whose blocks have `total` terms, from term
 * `offset` on: two matrices lie one after the other.
 */
export function pack_saliency_left(
  part: usize,
  source: usize,
  rows: usize,
  inner: usize,
  target: usize,
  total: usize,
  offset: usize,
): void {
  const first = part * PACKED_BLOCKS * TILE_ROWS, end = min(first + PACKED_BLOCKS * TILE_ROWS, rows);
  for (let row = first; row < end; row += TILE_ROWS) {
    const to = target + ((row / TILE_ROWS) * total + offset) * 24;
    packRows(source + row * inner * 4, inner * 4, 0, 0, min(TILE_ROWS, end - row), 0, inner, to);
  }
}

/** The same, eight by eight. */
export function pack_saliency_right(
  part: usize,
  source: usize,
  rows: usize,
  inner: usize,
  target: usize,
  total: usize,
  offset: usize,
): void {
  const first = part * PACKED_BLOCKS * TILE_COLUMNS, end = min(first + PACKED_BLOCKS * TILE_COLUMNS, rows);
  for (let row = first; row < end; row += TILE_COLUMNS) {
    const to = target + ((row / TILE_COLUMNS) * total + offset) * 32;
    packEightRows(source + row * inner * 4, inner * 4, min(TILE_COLUMNS, end - row), inner, to);
  }
}

/** What four sums become: 0 the gradient, 1 |w · g|, 2 w · g; `pruned` where the mask, or where there is none all ones, is zero. */
export function scoreFour(
  sums: v128,
  scale: v128,
  weights: usize,
  kind: i32,
  kept: v128,
  pruned: v128,
): v128 {
  let value = f32x4.mul(scale, sums);
  if (kind > 0) value = f32x4.mul(value, v128.load(weights));
  if (kind == 1) value = f32x4.abs(value);
  return v128.bitselect(value, pruned, kept);
}

export function scoreOne(sum: f32, scale: f32, weights: usize, kind: i32): f32 {
  let value = scale * sum;
  if (kind > 0) value *= load<f32>(weights);
  return kind == 1 ? abs(value) : value;
}

/** 24 rows of the op `saliency`: out, weights and mask [rows, columns], both sides packed, `inner` terms a sum. */
export function saliency(
  part: usize,
  left: usize,
  right: usize,
  inner: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  out: usize,
  rows: usize,
  columns: usize,
  scale: f32,
  pruned: u32,
  kind: i32,
): void {
  const tile = scratch();
  const first = part * STRIP_ROWS, end = min(first + STRIP_ROWS, rows);
  const factor = f32x4.splat(scale), gone = i32x4.splat(pruned);
  for (let start: usize = 0; start < columns; start += COLUMN_BLOCK) {
    const last = min(start + COLUMN_BLOCK, columns);
    for (let row = first; row < end; row += TILE_ROWS) {
      const height = min(TILE_ROWS, end - row);
      const block = left + (row / TILE_ROWS) * inner * 24;
      for (let column = start; column < last; column += TILE_COLUMNS) {
        multiplyTile(block, right + (column / TILE_COLUMNS) * inner * 32, inner, tile, false);
        const width = min(TILE_COLUMNS, last - column);
        for (let i: usize = 0; i < height; i++) {
          const sums = tile + i * 32, at = ((row + i) * columns + column) * 4;
          const bits = mask ? bitsFrom(mask + (row + i) * maskPitch, column) : 0xff;
          if (width == TILE_COLUMNS) {
            const low = scoreFour(v128.load(sums), factor, weights + at, kind, lanesOf(bits), gone);
            const high = scoreFour(
              v128.load(sums, 16),
              factor,
              weights + at + 16,
              kind,
              lanesOf(bits >> 4),
              gone,
            );
            v128.store(out + at, low);
            v128.store(out + at, high, 16);
            continue;
          }
          for (let j: usize = 0; j < width; j++) {
            const value = scoreOne(load<f32>(sums + j * 4), scale, weights + at + j * 4, kind);
            if (bits >> <u32> j & 1) store<f32>(out + at + j * 4, value);
            else store<u32>(out + at + j * 4, pruned);
          }
        }
      }
    }
  }
}
