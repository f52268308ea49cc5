import { bitsFrom, lanesOf } from "./shared/bits";
import { block0, block1, block2, block3, philox, storeBlocks, uniforms } from "./shared/philox";
import { scratch } from "./shared/scratch";

/** Rows that a part takes. */
export const PART_ROWS: usize = 8;

/** Uniform scores in [0, 1), some rows; the float with the bits `pruned` where there is a mask and it is zero. */
export function random_scores(
  part: usize,
  mask: usize,
  maskPitch: usize,
  scores: usize,
  rows: usize,
  columns: usize,
  firstRow: u32,
  seedLow: u32,
  seedHigh: u32,
  layer: u32,
  pruned: u32,
): void {
  const buffer = scratch(), gone = i32x4.splat(pruned);
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  for (let row = first; row < end; row++) {
    const words = mask ? mask + row * maskPitch : 0;
    for (let column: usize = 0; column < columns; column += 16) {
      philox(<u32> column >> 2, firstRow + <u32> row, layer, 1, seedLow, seedHigh);
      storeBlocks(buffer, uniforms(block0), uniforms(block1), uniforms(block2), uniforms(block3));
      if (mask) {
        const bits = bitsFrom(words, column);
        for (let lane: u32 = 0; lane < 16; lane += 4) {
          const at = buffer + lane * 4;
          v128.store(at, v128.bitselect(v128.load(at), gone, lanesOf(bits >> lane)));
        }
      }
      memory.copy(scores + (row * columns + column) * 4, buffer, min<usize>(16, columns - column) * 4);
    }
  }
}
