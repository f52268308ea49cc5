import { bitsFrom, lanesOf } from "./bits";
import { LEFT_BYTES } from "./tile";

/** Four numbers of a row from `column` on, zero where the row's mask is; `column` is a multiple of four. */
export function maskedFour(row: usize, mask: usize, column: usize): v128 {
  const value = v128.load(row + column * 4);
  return mask ? v128.and(value, lanesOf(bitsFrom(mask, column))) : value;
}

/** One number of a row, zero where the row's mask is. */
export function maskedOne(row: usize, mask: usize, column: usize): f32 {
  if (mask && !(bitsFrom(mask, column) & 1)) return 0;
  return load<f32>(row + column * 4);
}

/**
 * Four rows of a masked matrix side by side, `target[l, i] = row i's entry first + l`: `rows` of them, `pitch` bytes apart;
 * where there are fewer than four the last is repeated. `mask` is 0 or the first row's words, `maskPitch` bytes apart.
 */
export function packRows(
  source: usize,
  pitch: usize,
  mask: usize,
  maskPitch: usize,
  rows: usize,
  first: usize,
  count: usize,
  target: usize,
): void {
  const last = rows - 1, i1 = min<usize>(1, last), i2 = min<usize>(2, last), i3 = min<usize>(3, last);
  const p0 = source, p1 = source + i1 * pitch, p2 = source + i2 * pitch, p3 = source + i3 * pitch;
  const present = mask != 0, m0 = mask, m1 = present ? mask + i1 * maskPitch : 0;
  const m2 = present ? mask + i2 * maskPitch : 0, m3 = present ? mask + i3 * maskPitch : 0;
  let l = first;
  const end = first + count, whole = first + (count & ~3);
  for (; l < whole; l += 4, target += 64) {
    const a = maskedFour(p0, m0, l), b = maskedFour(p1, m1, l);
    const c = maskedFour(p2, m2, l), d = maskedFour(p3, m3, l);
    const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5), abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5), cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<i64>(abLow, cdLow, 0, 2));
    v128.store(target, v128.shuffle<i64>(abLow, cdLow, 1, 3), 16);
    v128.store(target, v128.shuffle<i64>(abHigh, cdHigh, 0, 2), 32);
    v128.store(target, v128.shuffle<i64>(abHigh, cdHigh, 1, 3), 48);
  }
  for (; l < end; l++, target += 16) {
    store<f32>(target, maskedOne(p0, m0, l));
    store<f32>(target, maskedOne(p1, m1, l), 4);
    store<f32>(target, maskedOne(p2, m2, l), 8);
    store<f32>(target, maskedOne(p3, m3, l), 12);
  }
}

/** Columns a piece of {@link packColumns} takes: a multiple of the bits in a mask's word. */
export const STRIP_COLUMNS: usize = 96;

/**
 * A strip of up to 96 columns of a masked matrix, four by four: `target[block, l, i] = entry (l, first + 4 block + i)` for
 * `count` rows, zero past the last column. `source` and `mask` stand at the first of those rows; `first` is a multiple of 32.
 */
export function packColumns(
  source: usize,
  pitch: usize,
  mask: usize,
  maskPitch: usize,
  first: usize,
  columns: usize,
  count: usize,
  target: usize,
): void {
  const blockBytes = count * LEFT_BYTES, whole = columns & ~3, rest = columns - whole;
  for (let l: usize = 0; l < count; l++) {
    let to = target + l * LEFT_BYTES;
    for (let j: usize = 0; j < whole; j += 4, to += blockBytes) {
      v128.store(to, maskedFour(source, mask, first + j));
    }
    if (rest) {
      v128.store(to, f32x4.splat(0));
      for (let j: usize = 0; j < rest; j++) {
        store<f32>(to + j * 4, maskedOne(source, mask, first + whole + j));
      }
    }
    source += pitch;
    if (mask) mask += maskPitch;
  }
}

/**
 * Some rows of a matrix [inner, columns] by tiles of eight columns, `target[tile, l, j]`, zero past the last column.
 *
 * @param pitch numbers from one row to the next
 */
export function packRight(
  source: usize,
  pitch: usize,
  inner: usize,
  columns: usize,
  first: usize,
  end: usize,
  target: usize,
): void {
  const whole = columns / 8, rest = columns % 8, tileBytes = inner * 32;
  for (let l = first; l < end; l++) {
    let from = source + l * pitch * 4, to = target + l * 32;
    for (let tile: usize = 0; tile < whole; tile++, from += 32, to += tileBytes) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
    }
    if (rest) {
      v128.store(to, f32x4.splat(0));
      v128.store(to, f32x4.splat(0), 16);
      for (let j: usize = 0; j < rest; j++) store<f32>(to + j * 4, load<f32>(from + j * 4));
    }
  }
}

/** Eight rows of a matrix side by side, `target[l, j] = row j's entry l`; zero where there are fewer than eight. */
export function packEightRows(source: usize, pitch: usize, rows: usize, count: usize, target: usize): void {
  const whole = count & ~3;
  for (let half: usize = 0; half < 2; half++) {
    const present = rows > half * 4 ? min<usize>(rows - half * 4, 4) : 0;
    const p0 = source + half * 4 * pitch;
    const to = target + half * 16;
    if (present == 4) {
      const p1 = p0 + pitch, p2 = p1 + pitch, p3 = p2 + pitch;
      for (let l: usize = 0; l < whole; l += 4) {
        const a = v128.load(p0 + l * 4), b = v128.load(p1 + l * 4);
        const c = v128.load(p2 + l * 4), d = v128.load(p3 + l * 4);
        const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5), abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
        const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5), cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
        const at = to + l * 32;
        v128.store(at, v128.shuffle<i64>(abLow, cdLow, 0, 2));
        v128.store(at, v128.shuffle<i64>(abLow, cdLow, 1, 3), 32);
        v128.store(at, v128.shuffle<i64>(abHigh, cdHigh, 0, 2), 64);
        v128.store(at, v128.shuffle<i64>(abHigh, cdHigh, 1, 3), 96);
      }
    }
    for (let l: usize = present == 4 ? whole : 0; l < count; l++) {
      for (let j: usize = 0; j < 4; j++) {
        store<f32>(to + l * 32 + j * 4, j < present ? load<f32>(p0 + j * pitch + l * 4) : 0);
      }
    }
  }
}
