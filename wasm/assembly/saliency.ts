import { bitsFrom, lanesOf } from "./shared/bits";
import { keptBits } from "./shared/kept_weights";
import { packEightRows, packRows } from "./shared/pack";
import { multiplyAdd } from "./shared/relaxed";
import { scoreFour, scoreOne } from "./shared/scores";
import { scratch } from "./shared/scratch";
import { LEFT_BYTES, multiplyTile, RIGHT_BYTES, TILE_COLUMNS, TILE_ROWS } from "./shared/tile";

/** Blocks of rows, or tiles of columns, that a part of a packing kernel takes. */
export const PACKED_BLOCKS: usize = 8;

/** Rows that a part of {@link saliency} takes: a multiple of a tile's. */
export const PART_ROWS: usize = 24;

/** Columns taken at a time: so many, packed, stay in the second cache. */
const COLUMN_BLOCK: usize = 512;

/** Rows that a part of {@link sparse_saliency} takes. */
export const SPARSE_ROWS: usize = 16;

/** Columns that {@link sparse_saliency} takes at a time: so many rows of its right side stay in the second cache. */
const SALIENCY_COLUMNS: usize = 512;

/** Rows that a part of {@link score_gradients} takes. */
export const SCORED_ROWS: usize = 16;

/**
 * Packs rows of `source` [rows, inner] four by four into `target[block, l, i]`, whose blocks have `total` terms, from term
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
    const to = target + ((row / TILE_ROWS) * total + offset) * LEFT_BYTES;
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
    const to = target + ((row / TILE_COLUMNS) * total + offset) * RIGHT_BYTES;
    packEightRows(source + row * inner * 4, inner * 4, min(TILE_COLUMNS, end - row), inner, to);
  }
}

/** Some rows of the op `saliency`: out, weights and mask [rows, columns], both sides packed, `inner` terms a sum. */
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
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  const factor = f32x4.splat(scale), gone = i32x4.splat(pruned);
  for (let start: usize = 0; start < columns; start += COLUMN_BLOCK) {
    const last = min(start + COLUMN_BLOCK, columns);
    for (let row = first; row < end; row += TILE_ROWS) {
      const height = min(TILE_ROWS, end - row);
      const block = left + (row / TILE_ROWS) * inner * LEFT_BYTES;
      for (let column = start; column < last; column += TILE_COLUMNS) {
        multiplyTile(block, right + (column / TILE_COLUMNS) * inner * RIGHT_BYTES, inner, tile, false);
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

/** The sums of the lanes of four vectors. */
function sumLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
}

/** Inner products of a row with eight others, whose addresses `list` has; a multiple of 16 bytes long. */
function eightProducts(row: usize, list: usize, bytes: usize, target: usize): void {
  const p0 = <usize> load<u32>(list), p1 = <usize> load<u32>(list, 4);
  const p2 = <usize> load<u32>(list, 8), p3 = <usize> load<u32>(list, 12);
  const p4 = <usize> load<u32>(list, 16), p5 = <usize> load<u32>(list, 20);
  const p6 = <usize> load<u32>(list, 24), p7 = <usize> load<u32>(list, 28);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(row + at);
    s0 = multiplyAdd(x, v128.load(p0 + at), s0);
    s1 = multiplyAdd(x, v128.load(p1 + at), s1);
    s2 = multiplyAdd(x, v128.load(p2 + at), s2);
    s3 = multiplyAdd(x, v128.load(p3 + at), s3);
    s4 = multiplyAdd(x, v128.load(p4 + at), s4);
    s5 = multiplyAdd(x, v128.load(p5 + at), s5);
    s6 = multiplyAdd(x, v128.load(p6 + at), s6);
    s7 = multiplyAdd(x, v128.load(p7 + at), s7);
  }
  v128.store(target, sumLanes(s0, s1, s2, s3));
  v128.store(target, sumLanes(s4, s5, s6, s7), 16);
}

function fillWords(at: usize, end: usize, word: u32): void {
  if (word == 0) {
    memory.fill(at, 0, end - at);
    return;
  }
  for (; at + 16 <= end; at += 16) v128.store(at, i32x4.splat(word));
  for (; at < end; at += 4) store<u32>(at, word);
}

/**
 * Some rows of the op `saliency` for one pair of factors, `a` [rows, inner] and `x` [columns, inner]; `inner` is a multiple of
 * four, weights (0 for the gradient), mask and out are [rows, columns].
 */
export function sparse_saliency(
  part: usize,
  a: usize,
  x: usize,
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
  const sums = scratch(), list = sums + 32, places = list + SALIENCY_COLUMNS * 4 + 32, bytes = inner * 4;
  const first = part * SPARSE_ROWS, end = min(first + SPARSE_ROWS, rows);
  for (let start: usize = 0; start < columns; start += SALIENCY_COLUMNS) {
    const last = min(start + SALIENCY_COLUMNS, columns);
    for (let row = first; row < end; row++) {
      const line = row * columns * 4;
      fillWords(out + line + start * 4, out + line + last * 4, pruned);
      let count: usize = 0;
      for (let word = start / 32; word < (last + 31) / 32; word++) {
        for (let left = keptBits(mask + row * maskPitch, word, columns); left; left &= left - 1, count++) {
          const column = word * 32 + <usize> ctz(left);
          store<u32>(places + count * 4, <u32> (line + column * 4));
          store<u32>(list + count * 4, <u32> (x + column * bytes));
        }
      }
      // The last group of eight is filled up with a row whose products nobody reads.
      for (let i = count; i & 7; i++) store<u32>(list + i * 4, <u32> x);
      for (let i: usize = 0; i < count; i += 8) {
        eightProducts(a + row * bytes, list + i * 4, bytes, sums);
        const group = min<usize>(8, count - i);
        for (let j: usize = 0; j < group; j++) {
          const place = <usize> load<u32>(places + (i + j) * 4);
          store<f32>(out + place, scoreOne(load<f32>(sums + j * 4), scale, weights + place, kind));
        }
      }
    }
  }
}

/** What the op `saliency` makes of gradients that lie in `out` [rows, columns] already, in their place. */
export function score_gradients(
  part: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  out: usize,
  rows: usize,
  columns: usize,
  pruned: u32,
  kind: i32,
): void {
  const one = f32x4.splat(1), gone = i32x4.splat(pruned);
  const whole = columns & ~3, end = min(part * SCORED_ROWS + SCORED_ROWS, rows);
  for (let row = part * SCORED_ROWS; row < end; row++) {
    const start = row * columns * 4, words = mask + row * maskPitch;
    for (let j: usize = 0; j < whole; j += 4) {
      const at = start + j * 4, kept = lanesOf(mask ? bitsFrom(words, j) : 0xf);
      v128.store(out + at, scoreFour(v128.load(out + at), one, weights + at, kind, kept, gone));
    }
    for (let j = whole; j < columns; j++) {
      const at = start + j * 4;
      if (mask && !(bitsFrom(words, j) & 1)) store<u32>(out + at, pruned);
      else store<f32>(out + at, scoreOne(load<f32>(out + at), 1, weights + at, kind));
    }
  }
}
