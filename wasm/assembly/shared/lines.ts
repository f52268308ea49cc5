import { multiplyAdd } from "./relaxed";

// Short runs of numbers, a few dozen: calls to copy or fill memory would take longer than the work.

/** Copies `count` numbers. */
export function copyLine(from: usize, to: usize, count: usize): void {
  const end = from + count * 4, whole = from + ((count * 4) & ~15);
  for (; from < whole; from += 16, to += 16) v128.store(to, v128.load(from));
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(from));
}

/** Sets `count` numbers to zero. */
export function clearLine(to: usize, count: usize): void {
  const end = to + count * 4, whole = to + ((count * 4) & ~15);
  for (; to < whole; to += 16) v128.store(to, f32x4.splat(0));
  for (; to < end; to += 4) store<f32>(to, 0);
}

/** Adds `count` numbers to others. */
export function addLine(from: usize, to: usize, count: usize): void {
  const end = from + count * 4, whole = from + ((count * 4) & ~15);
  for (; from < whole; from += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  for (; from < end; from += 4, to += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}

/** The first of `count` places, `stride` apart from `offset` on, that is not before the beginning. */
export function firstInside(offset: i32, stride: i32, count: i32): i32 {
  return offset >= 0 ? 0 : min((stride - 1 - offset) / stride, count);
}

/** The place after the last that is before `size`. */
export function endInside(offset: i32, stride: i32, count: i32, size: i32): i32 {
  return size > offset ? min((size - offset + stride - 1) / stride, count) : 0;
}

/** `Σ_i a[i] b[i]` over `count` numbers. */
export function dotLine(a: usize, b: usize, count: usize): f32 {
  const end = a + count * 4, whole = a + ((count * 4) & ~15);
  let sums = f32x4.splat(0);
  for (; a < whole; a += 16, b += 16) sums = multiplyAdd(v128.load(a), v128.load(b), sums);
  let sum = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) +
    (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
  for (; a < end; a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
  return sum;
}
