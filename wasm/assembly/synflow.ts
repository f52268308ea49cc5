import { bitsFrom, lanesOf } from "./bits";
import { scratch } from "./scratch";

// Sums and products are in float64, as the twins': a hundred rounds of SynFlow turn the rounding of one into other masks.

/** Rows that a part takes. */
const PART_ROWS: usize = 32;

/** Columns that a part of {@link abs_matvec_transposed} takes: a multiple of 32. */
const PART_COLUMNS: usize = 128;

/** Absolute values of four weights from `column` on, zero where the mask's row is; `column` is a multiple of four. */
function absFour(weights: usize, mask: usize, column: usize): v128 {
  const value = f32x4.abs(v128.load(weights + column * 4));
  return mask ? v128.and(value, lanesOf(bitsFrom(mask, column))) : value;
}

function absOne(weights: usize, mask: usize, column: usize): f64 {
  if (mask && !(bitsFrom(mask, column) & 1)) return 0;
  return abs(<f64> load<f32>(weights + column * 4));
}

/** The first, or the last, two of four numbers in float64. */
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(
    i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15),
  );
}

/** `a · b + c` in float64. */
function addProduct(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.mul(a, b), c);
}

/** `y = (|W| ⊙ M) r`, 32 rows a part. */
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

/** `y = (|W| ⊙ M)ᵀ c / divisor`, or that added, 128 columns a part. */
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

/** `|w_ij| M_ij c_i r_j / divisor`, 32 rows a part. */
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
