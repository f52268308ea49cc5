import { bitsFrom, lanesOf } from "./bits";
import { multiplyAdd } from "./relaxed";
import { scratch } from "./scratch";

/** Rows that a part takes. */
const PART_ROWS: usize = 32;

/** Columns that a part of {@link abs_matvec_transposed} takes: a multiple of 32. */
const PART_COLUMNS: usize = 128;

/** Absolute values of four weights from `column` on, zero where the mask's row is; `column` is a multiple of four. */
function absFour(weights: usize, mask: usize, column: usize): v128 {
  const value = f32x4.abs(v128.load(weights + column * 4));
  return mask ? v128.and(value, lanesOf(bitsFrom(mask, column))) : value;
}

function absOne(weights: usize, mask: usize, column: usize): f32 {
  if (mask && !(bitsFrom(mask, column) & 1)) return 0;
  return abs(load<f32>(weights + column * 4));
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
  const whole = columns & ~15;
  for (let row = first; row < end; row++) {
    const line = weights + row * columns * 4, words = mask ? mask + row * maskPitch : 0;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let j: usize = 0; j < whole; j += 16) {
      const at = r + j * 4;
      s0 = multiplyAdd(absFour(line, words, j), v128.load(at), s0);
      s1 = multiplyAdd(absFour(line, words, j + 4), v128.load(at, 16), s1);
      s2 = multiplyAdd(absFour(line, words, j + 8), v128.load(at, 32), s2);
      s3 = multiplyAdd(absFour(line, words, j + 12), v128.load(at, 48), s3);
    }
    const sums = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
    let sum = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1);
    sum += f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3);
    for (let j = whole; j < columns; j++) sum += absOne(line, words, j) * load<f32>(r + j * 4);
    store<f32>(y + row * 4, sum);
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
  memory.fill(sums, 0, PART_COLUMNS * 4);
  const whole = width & ~3;
  for (let row: usize = 0; row < rows; row++) {
    const line = weights + row * columns * 4, words = mask ? mask + row * maskPitch : 0;
    const factor = load<f32>(c + row * 4), factors = f32x4.splat(factor);
    for (let j: usize = 0; j < whole; j += 4) {
      const at = sums + j * 4;
      v128.store(at, multiplyAdd(absFour(line, words, first + j), factors, v128.load(at)));
    }
    for (let j = whole; j < width; j++) {
      const at = sums + j * 4;
      store<f32>(at, load<f32>(at) + absOne(line, words, first + j) * factor);
    }
  }
  const scale = load<f32>(divisor);
  for (let j: usize = 0; j < width; j++) {
    const at = y + (first + j) * 4, value = load<f32>(sums + j * 4) / scale;
    store<f32>(at, add ? load<f32>(at) + value : value);
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
    const factor = load<f32>(c + row * 4) / load<f32>(divisor), factors = f32x4.splat(factor);
    for (let j: usize = 0; j < whole; j += 4) {
      v128.store(to + j * 4, f32x4.mul(f32x4.mul(absFour(line, words, j), factors), v128.load(r + j * 4)));
    }
    for (let j = whole; j < columns; j++) {
      store<f32>(to + j * 4, absOne(line, words, j) * factor * load<f32>(r + j * 4));
    }
  }
}
