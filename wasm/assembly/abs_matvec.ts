import { absFour, absOne, addProduct, high, low } from "./shared/absolute";

/** Rows that a part takes. */
export const PART_ROWS: usize = 32;

/** `y = (|W| ⊙ M) r` for some rows; `mask` is 0 where every weight is kept. */
export function abs_matvec(
  part: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  rows: usize,
  columns: usize,
  r: usize,
  y: usize,
): void {
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows);
  const whole = columns & ~7;
  for (let row = first; row < end; row++) {
    const line = weights + row * columns * 4, words = mask ? mask + row * maskPitch : 0;
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let j: usize = 0; j < whole; j += 8) {
      const a = absFour(line, words, j), b = absFour(line, words, j + 4);
      const at = r + j * 4, x = v128.load(at), z = v128.load(at, 16);
      s0 = addProduct(low(a), low(x), s0);
      s1 = addProduct(high(a), high(x), s1);
      s2 = addProduct(low(b), low(z), s2);
      s3 = addProduct(high(b), high(z), s3);
    }
    const sums = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
    let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    for (let j = whole; j < columns; j++) sum += absOne(line, words, j) * <f64> load<f32>(r + j * 4);
    store<f32>(y + row * 4, <f32> sum);
  }
}
