import { multiplyAdd } from "./relaxed";

/** Rows of a tile: what the left side is packed by. */
export const TILE_ROWS: usize = 6;

/** Columns of a tile: what the right side is packed by. */
export const TILE_COLUMNS: usize = 8;

/** Bytes of a tile of sums, rows one after another. */
export const TILE_BYTES: usize = 6 * 8 * 4;

/**
 * The sums of one tile, `tile[i, j] = Σ_l left[l, i] right[l, j]`, or that added to what the tile holds. Both sides are
 * packed: `left` has six numbers for each `l`, `right` eight. Twelve sums of four lanes, two vectors of the right side and
 * one broadcast of the left fill the registers there are.
 */
export function multiplyTile(left: usize, right: usize, inner: usize, tile: usize, add: bool): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00;
  let s30 = s00, s31 = s00, s40 = s00, s41 = s00, s50 = s00, s51 = s00;
  if (add) {
    s00 = v128.load(tile), s01 = v128.load(tile, 16);
    s10 = v128.load(tile, 32), s11 = v128.load(tile, 48);
    s20 = v128.load(tile, 64), s21 = v128.load(tile, 80);
    s30 = v128.load(tile, 96), s31 = v128.load(tile, 112);
    s40 = v128.load(tile, 128), s41 = v128.load(tile, 144);
    s50 = v128.load(tile, 160), s51 = v128.load(tile, 176);
  }
  const end = left + inner * 24;
  while (left < end) {
    const r0 = v128.load(right), r1 = v128.load(right, 16);
    const l0 = v128.load32_splat(left);
    s00 = multiplyAdd(l0, r0, s00), s01 = multiplyAdd(l0, r1, s01);
    const l1 = v128.load32_splat(left, 4);
    s10 = multiplyAdd(l1, r0, s10), s11 = multiplyAdd(l1, r1, s11);
    const l2 = v128.load32_splat(left, 8);
    s20 = multiplyAdd(l2, r0, s20), s21 = multiplyAdd(l2, r1, s21);
    const l3 = v128.load32_splat(left, 12);
    s30 = multiplyAdd(l3, r0, s30), s31 = multiplyAdd(l3, r1, s31);
    const l4 = v128.load32_splat(left, 16);
    s40 = multiplyAdd(l4, r0, s40), s41 = multiplyAdd(l4, r1, s41);
    const l5 = v128.load32_splat(left, 20);
    s50 = multiplyAdd(l5, r0, s50), s51 = multiplyAdd(l5, r1, s51);
    left += 24;
    right += 32;
  }
  v128.store(tile, s00), v128.store(tile, s01, 16);
  v128.store(tile, s10, 32), v128.store(tile, s11, 48);
  v128.store(tile, s20, 64), v128.store(tile, s21, 80);
  v128.store(tile, s30, 96), v128.store(tile, s31, 112);
  v128.store(tile, s40, 128), v128.store(tile, s41, 144);
  v128.store(tile, s50, 160), v128.store(tile, s51, 176);
}
