import { multiplyAdd } from "./relaxed";

/** Rows of a tile: what the left side is packed by. */
export const TILE_ROWS: usize = 4;

/** Columns of a tile: what the right side is packed by. */
export const TILE_COLUMNS: usize = 8;

/** Bytes of a tile of sums, rows one after another. */
export const TILE_BYTES: usize = 4 * 8 * 4;

/** Bytes of a packed block of rows, or of a tile of columns, for each term of its sums. */
export const LEFT_BYTES: usize = 4 * 4, RIGHT_BYTES: usize = 8 * 4;

/**
 * The sums of one tile, `tile[i, j] = Σ_l left[l, i] right[l, j]`, or that added to what the tile holds. Both sides are
 * packed: `left` has four numbers for each `l`, `right` eight. Where an engine checks the bounds of every load, which takes
 * three instructions (V8 in Deno), a load of four numbers and four shuffles take fewer than four loads of one; and eight sums
 * leave registers free, of which twelve and what they need would take more than there are.
 */
export function multiplyTile(left: usize, right: usize, inner: usize, tile: usize, add: bool): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  if (add) {
    s00 = v128.load(tile), s01 = v128.load(tile, 16);
    s10 = v128.load(tile, 32), s11 = v128.load(tile, 48);
    s20 = v128.load(tile, 64), s21 = v128.load(tile, 80);
    s30 = v128.load(tile, 96), s31 = v128.load(tile, 112);
  }
  const end = left + inner * LEFT_BYTES;
  while (left < end) {
    const r0 = v128.load(right), r1 = v128.load(right, 16), four = v128.load(left);
    const l0 = v128.shuffle<i32>(four, four, 0, 0, 0, 0);
    s00 = multiplyAdd(l0, r0, s00), s01 = multiplyAdd(l0, r1, s01);
    const l1 = v128.shuffle<i32>(four, four, 1, 1, 1, 1);
    s10 = multiplyAdd(l1, r0, s10), s11 = multiplyAdd(l1, r1, s11);
    const l2 = v128.shuffle<i32>(four, four, 2, 2, 2, 2);
    s20 = multiplyAdd(l2, r0, s20), s21 = multiplyAdd(l2, r1, s21);
    const l3 = v128.shuffle<i32>(four, four, 3, 3, 3, 3);
    s30 = multiplyAdd(l3, r0, s30), s31 = multiplyAdd(l3, r1, s31);
    left += LEFT_BYTES;
    right += RIGHT_BYTES;
  }
  v128.store(tile, s00), v128.store(tile, s01, 16);
  v128.store(tile, s10, 32), v128.store(tile, s11, 48);
  v128.store(tile, s20, 64), v128.store(tile, s21, 80);
  v128.store(tile, s30, 96), v128.store(tile, s31, 112);
}
