import { absFour, absOne, addProduct, high, low } from "./shared/absolute";
import { scratch } from "./shared/scratch";

/** Columns that a part takes: a multiple of 32. */
export const PART_COLUMNS: usize = 128;

/** `y = (|W| ⊙ M)ᵀ c / divisor`, or that added, for some columns. */
export function abs_matvec_transposed(
  part: usize,
  weights: usize,
  mask: usize,
  maskPitch: usize,
  rows: usize,
  columns: usize,
  c: usize,
  divisor: usize,
  y: usize,
  add: bool,
): void {
  const sums = scratch(), first = part * PART_COLUMNS, width = min(PART_COLUMNS, columns - first);
  memory.fill(sums, 0, PART_COLUMNS * 8);
  const whole = width & ~3, line = columns * 4, grouped = rows & ~3;
  // Four rows at a time: each sum is loaded and stored a quarter as often.
  for (let row: usize = 0; row < grouped; row += 4) {
    const p0 = weights + row * line, p1 = p0 + line, p2 = p1 + line, p3 = p2 + line;
    const m0 = mask ? mask + row * maskPitch : 0, m1 = mask ? m0 + maskPitch : 0;
    const m2 = mask ? m1 + maskPitch : 0, m3 = mask ? m2 + maskPitch : 0, factors = v128.load(c + row * 4);
    const f0 = low(v128.shuffle<i32>(factors, factors, 0, 0, 0, 0));
    const f1 = low(v128.shuffle<i32>(factors, factors, 1, 1, 1, 1));
    const f2 = low(v128.shuffle<i32>(factors, factors, 2, 2, 2, 2));
    const f3 = low(v128.shuffle<i32>(factors, factors, 3, 3, 3, 3));
    for (let j: usize = 0; j < whole; j += 4) {
      const at = sums + j * 8, column = first + j;
      const w0 = absFour(p0, m0, column), w1 = absFour(p1, m1, column);
      const w2 = absFour(p2, m2, column), w3 = absFour(p3, m3, column);
      let left = v128.load(at), right = v128.load(at, 16);
      left = addProduct(low(w0), f0, left), right = addProduct(high(w0), f0, right);
      left = addProduct(low(w1), f1, left), right = addProduct(high(w1), f1, right);
      left = addProduct(low(w2), f2, left), right = addProduct(high(w2), f2, right);
      left = addProduct(low(w3), f3, left), right = addProduct(high(w3), f3, right);
      v128.store(at, left);
      v128.store(at, right, 16);
    }
  }
  for (let row: usize = 0; row < rows; row++) {
    const words = mask ? mask + row * maskPitch : 0, factor = <f64> load<f32>(c + row * 4);
    for (let j = row < grouped ? whole : 0; j < width; j++) {
      const at = sums + j * 8;
      store<f64>(at, load<f64>(at) + absOne(weights + row * line, words, first + j) * factor);
    }
  }
  const scale = <f64> load<f32>(divisor);
  for (let j: usize = 0; j < width; j++) {
    const at = y + (first + j) * 4, value = load<f64>(sums + j * 8) / scale;
    store<f32>(at, <f32> (add ? <f64> load<f32>(at) + value : value));
  }
}
