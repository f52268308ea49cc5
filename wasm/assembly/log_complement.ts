import { exponents, logarithm, mantissas, takeApart } from "./shared/logarithm";

/** Elements that a part takes: a multiple of four. */
export const PART_ELEMENTS: usize = 1 << 14;

/** ln(1 − p) lane by lane, `none` where p is 1. */
function logComplement(p: v128, none: v128): v128 {
  const one = f32x4.splat(1), rest = f32x4.sub(one, p);
  takeApart(rest);
  // Near 1 the rest has lost what p is: (m − 1)/(m + 1) of m = 1 − p is made of p itself there.
  const near = f32x4.eq(exponents, f32x4.splat(0));
  const numerator = v128.bitselect(f32x4.neg(p), f32x4.sub(mantissas, one), near);
  const denominator = v128.bitselect(f32x4.sub(f32x4.splat(2), p), f32x4.add(mantissas, one), near);
  const found = logarithm(exponents, f32x4.div(numerator, denominator));
  return v128.bitselect(found, none, f32x4.gt(rest, f32x4.splat(0)));
}

/** `x = ln(1 − x)` of part of `count` chances. */
export function log_complement(part: usize, x: usize, count: usize, none: f32): void {
  const first = part * PART_ELEMENTS, end = min(first + PART_ELEMENTS, count);
  const whole = first + ((end - first) & ~3), absent = f32x4.splat(none), zero = f32x4.splat(0);
  let at = first;
  for (; at < whole; at += 4) {
    v128.store(x + at * 4, logComplement(f32x4.max(v128.load(x + at * 4), zero), absent));
  }
  for (; at < end; at++) {
    const value = f32x4.max(f32x4.splat(load<f32>(x + at * 4)), zero);
    store<f32>(x + at * 4, f32x4.extract_lane(logComplement(value, absent), 0));
  }
}
