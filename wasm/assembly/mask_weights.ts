import { maskedFour, maskedOne } from "./shared/pack";

/** Rows that a part takes. */
export const PART_ROWS: usize = 16;

/** `out = weights ⊙ mask`, [rows, columns]: what a product that knows no masks multiplies with. */
export function mask_weights(
  part: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  out: usize,
  rows: usize,
  columns: usize,
): void {
  const whole = columns & ~3, end = min(part * PART_ROWS + PART_ROWS, rows);
  for (let row = part * PART_ROWS; row < end; row++) {
    const from = weights + row * columns * 4, to = out + row * columns * 4, words = mask + row * maskPitch;
    for (let j: usize = 0; j < whole; j += 4) v128.store(to + j * 4, maskedFour(from, words, j));
    for (let j = whole; j < columns; j++) store<f32>(to + j * 4, maskedOne(from, words, j));
  }
}
