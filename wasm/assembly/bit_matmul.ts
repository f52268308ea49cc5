import { high, low } from "./shared/absolute";

/** Rows that a part takes. */
export const PART_ROWS: usize = 32;

/** Sums of the rows of `x` [n, width] that some rows of a mask of `words` words keep, each in float64 and in order. */
export function bit_matmul(
  part: usize,
  mask: usize,
  rows: usize,
  words: usize,
  x: usize,
  width: usize,
  out: usize,
): void {
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows), pitch = width * 4;
  for (let row = first; row < end; row++) {
    const line = mask + row * words * 4, target = out + row * pitch;
    let column: usize = 0;
    for (; column + 8 <= width; column += 8) {
      sumEight(line, words, x + column * 4, pitch, target + column * 4);
    }
    for (; column + 4 <= width; column += 4) sumFour(line, words, x + column * 4, pitch, target + column * 4);
    for (; column < width; column++) sumOne(line, words, x + column * 4, pitch, target + column * 4);
  }
}

/** Four sums as float32. */
function narrow(a: v128, b: v128): v128 {
  const left = f32x4.demote_f64x2_zero(a), right = f32x4.demote_f64x2_zero(b);
  return i8x16.shuffle(left, right, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

function sumEight(line: usize, words: usize, x: usize, pitch: usize, out: usize): void {
  let a = f64x2.splat(0), b = a, c = a, d = a;
  for (let word: usize = 0; word < words; word++, x += 32 * pitch) {
    for (let left = load<u32>(line + word * 4); left; left &= left - 1) {
      const at = x + <usize> ctz(left) * pitch, near = v128.load(at), far = v128.load(at, 16);
      a = f64x2.add(a, low(near));
      b = f64x2.add(b, high(near));
      c = f64x2.add(c, low(far));
      d = f64x2.add(d, high(far));
    }
  }
  v128.store(out, narrow(a, b));
  v128.store(out, narrow(c, d), 16);
}

function sumFour(line: usize, words: usize, x: usize, pitch: usize, out: usize): void {
  let a = f64x2.splat(0), b = a;
  for (let word: usize = 0; word < words; word++, x += 32 * pitch) {
    for (let left = load<u32>(line + word * 4); left; left &= left - 1) {
      const value = v128.load(x + <usize> ctz(left) * pitch);
      a = f64x2.add(a, low(value));
      b = f64x2.add(b, high(value));
    }
  }
  v128.store(out, narrow(a, b));
}

function sumOne(line: usize, words: usize, x: usize, pitch: usize, out: usize): void {
  let sum: f64 = 0;
  for (let word: usize = 0; word < words; word++, x += 32 * pitch) {
    for (let left = load<u32>(line + word * 4); left; left &= left - 1) {
      sum += load<f32>(x + <usize> ctz(left) * pitch);
    }
  }
  store<f32>(out, <f32> sum);
}
