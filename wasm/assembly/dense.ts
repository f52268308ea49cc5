import { bitsFrom, lanesOf } from "./bits";
import { maskedFour, maskedOne } from "./pack";
import { scoreFour, scoreOne } from "./saliency";

/** Rows that a part takes. */
const PART_ROWS: usize = 16;

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
  const whole = columns & ~3, end = min(part * PART_ROWS + PART_ROWS, rows);
  for (let row = part * PART_ROWS; row < end; row++) {
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
