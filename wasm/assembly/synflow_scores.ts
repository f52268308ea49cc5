import { absFour, absOne, high, low } from "./shared/absolute";

/** Rows that a part takes. */
export const PART_ROWS: usize = 32;

/** `|w_ij| M_ij c_i r_j / divisor` for some rows. */
export function synflow_scores(
  part: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  rows: usize,
  columns: usize,
  c: usize,
  r: usize,
  divisor: usize,
  scores: usize,
): void {
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  const whole = columns & ~3;
  for (let row = first; row < end; row++) {
    const line = weights + row * columns * 4, words = mask ? mask + row * maskPitch : 0;
    const to = scores + row * columns * 4;
    const factor = <f64> load<f32>(c + row * 4) / <f64> load<f32>(divisor), factors = f64x2.splat(factor);
    for (let j: usize = 0; j < whole; j += 4) {
      const a = absFour(line, words, j), x = v128.load(r + j * 4);
      const left = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.mul(low(a), factors), low(x)));
      const right = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.mul(high(a), factors), high(x)));
      v128.store(to + j * 4, i64x2.shuffle(left, right, 0, 2));
    }
    for (let j = whole; j < columns; j++) {
      store<f32>(to + j * 4, <f32> (absOne(line, words, j) * factor * <f64> load<f32>(r + j * 4)));
    }
  }
}
