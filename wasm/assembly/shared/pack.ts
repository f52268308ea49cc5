import { bitsFrom, lanesOf } from "./bits";

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
 * Six rows of a masked matrix side by side, `target[l, i] = row i's entry first + l`: `rows` of them, `pitch` bytes apart;
 * where there are fewer than six the last is repeated. `mask` is 0 or the first row's words, `maskPitch` bytes apart.
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
  const last = rows - 1;
  const i1 = min<usize>(1, last), i2 = min<usize>(2, last), i3 = min<usize>(3, last);
  const i4 = min<usize>(4, last), i5 = min<usize>(5, last);
  const p0 = source, p1 = source + i1 * pitch, p2 = source + i2 * pitch;
  const p3 = source + i3 * pitch, p4 = source + i4 * pitch, p5 = source + i5 * pitch;
  const present = mask != 0;
  const m0 = mask, m1 = present ? mask + i1 * maskPitch : 0, m2 = present ? mask + i2 * maskPitch : 0;
  const m3 = present ? mask + i3 * maskPitch : 0, m4 = present ? mask + i4 * maskPitch : 0;
  const m5 = present ? mask + i5 * maskPitch : 0;
  let l = first;
  const end = first + count, whole = first + (count & ~3);
  for (; l < whole; l += 4, target += 96) {
    const a = maskedFour(p0, m0, l), b = maskedFour(p1, m1, l);
    const c = maskedFour(p2, m2, l), d = maskedFour(p3, m3, l);
    const e = maskedFour(p4, m4, l), f = maskedFour(p5, m5, l);
    const abLow = v128.shuffle<i32>(a, b, 0, 4, 1, 5), abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
    const cdLow = v128.shuffle<i32>(c, d, 0, 4, 1, 5), cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
    const efLow = v128.shuffle<i32>(e, f, 0, 4, 1, 5), efHigh = v128.shuffle<i32>(e, f, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<i64>(abLow, cdLow, 0, 2));
    v128.store64_lane(target, efLow, 0, 16);
    v128.store(target, v128.shuffle<i64>(abLow, cdLow, 1, 3), 24);
    v128.store64_lane(target, efLow, 1, 40);
    v128.store(target, v128.shuffle<i64>(abHigh, cdHigh, 0, 2), 48);
    v128.store64_lane(target, efHigh, 0, 64);
    v128.store(target, v128.shuffle<i64>(abHigh, cdHigh, 1, 3), 72);
    v128.store64_lane(target, efHigh, 1, 88);
  }
  for (; l < end; l++, target += 24) {
    store<f32>(target, maskedOne(p0, m0, l));
    store<f32>(target, maskedOne(p1, m1, l), 4);
    store<f32>(target, maskedOne(p2, m2, l), 8);
    store<f32>(target, maskedOne(p3, m3, l), 12);
    store<f32>(target, maskedOne(p4, m4, l), 16);
    store<f32>(target, maskedOne(p5, m5, l), 20);
  }
}

/** Columns a piece of {@link packColumns} takes: a multiple of six and of the bits in a mask's word. */
export const STRIP_COLUMNS: usize = 96;

/** Bytes of memory {@link packColumns} needs for one row. */
export const STRIP_ROW_BYTES: usize = 96 * 4;

/**
 * A strip of up to 96 columns of a masked matrix, six by six: `target[block, l, i] = entry (l, first + 6 block + i)` for
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
  row: usize,
  target: usize,
): void {
  const blocks = (columns + 5) / 6, blockBytes = count * 24;
  const whole = columns & ~3;
  if (columns < STRIP_COLUMNS) memory.fill(row, 0, STRIP_ROW_BYTES);
  for (let l: usize = 0; l < count; l++) {
    for (let j: usize = 0; j < whole; j += 4) v128.store(row + j * 4, maskedFour(source, mask, first + j));
    for (let j = whole; j < columns; j++) store<f32>(row + j * 4, maskedOne(source, mask, first + j));
    let from = row, to = target + l * 24;
    for (let block: usize = 0; block < blocks; block++, from += 24, to += blockBytes) {
      v128.store(to, v128.load(from));
      store<u64>(to, load<u64>(from, 16), 16);
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
