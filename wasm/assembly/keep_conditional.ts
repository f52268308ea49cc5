import { exponential } from "./shared/exponential";
import { normalTail } from "./shared/normal_tail";
import { multiplyAdd } from "./shared/relaxed";

/** Rows that a part takes. */
export const PART_ROWS: usize = 8;

/** `E[1]`, `E[w]` or `E[w²]`, for `moment` 0, 1, 2, over the values of w ~ N(mean, deviation²) above a level. */
function above(level: v128, mean: v128, deviation: v128, moment: u32): v128 {
  const one = f32x4.splat(1), x = f32x4.div(f32x4.sub(level, mean), deviation);
  const size = f32x4.min(f32x4.abs(x), f32x4.splat(12));
  const bell = exponential(f32x4.mul(f32x4.splat(-0.5), f32x4.mul(size, size)));
  const tail = f32x4.max(f32x4.mul(f32x4.splat(0.5), normalTail(size, bell)), f32x4.splat(0));
  const probability = v128.bitselect(f32x4.sub(one, tail), tail, f32x4.lt(x, f32x4.splat(0)));
  if (moment == 0) return probability;
  const density = f32x4.mul(f32x4.mul(deviation, f32x4.splat(0.3989422804)), bell);
  if (moment == 1) return multiplyAdd(mean, probability, density);
  const bounded = f32x4.max(f32x4.min(x, f32x4.splat(12)), f32x4.splat(-12));
  const slope = multiplyAdd(bounded, deviation, f32x4.add(mean, mean));
  const square = multiplyAdd(mean, mean, f32x4.mul(deviation, deviation));
  return multiplyAdd(square, probability, f32x4.mul(density, slope));
}

/** The same over all values. */
function whole(mean: v128, deviation: v128, moment: u32): v128 {
  if (moment == 0) return f32x4.splat(1);
  return moment == 1 ? mean : multiplyAdd(mean, mean, f32x4.mul(deviation, deviation));
}

/** What four weights keep: see `shaders/keep_conditional.wgsl`, the law being normal. */
function moments(
  scale: v128,
  mean: v128,
  deviation: v128,
  threshold: f32,
  moment: u32,
  power: u32,
  signed: bool,
): v128 {
  const none = f32x4.splat(0), size = f32x4.abs(scale), level = f32x4.splat(threshold);
  const all = whole(mean, deviation, moment), nothing = f32x4.eq(size, none);
  const atZero = threshold < 0 ? all : none;
  let result: v128;
  if (power == 0) {
    result = v128.bitselect(all, none, f32x4.gt(signed ? scale : size, level));
  } else if (signed) {
    const sign = v128.or(f32x4.splat(1), v128.and(scale, i32x4.splat(0x80000000)));
    result = above(f32x4.div(level, size), f32x4.mul(sign, mean), deviation, moment);
    if (moment == 1) result = f32x4.mul(sign, result);
  } else if (threshold < 0) {
    result = all;
  } else {
    const ratio = f32x4.div(level, size), least = power == 2 ? f32x4.sqrt(ratio) : ratio;
    const upper = above(least, mean, deviation, moment),
      lower = above(least, f32x4.neg(mean), deviation, moment);
    result = moment == 1 ? f32x4.sub(upper, lower) : f32x4.add(upper, lower);
  }
  return v128.bitselect(atZero, result, nothing);
}

/** Some rows of `keep_conditional` for the normal law; `mean`, `own` (of rows) and `other` (of columns) may be none. */
export function keep_conditional(
  part: usize,
  scale: usize,
  mean: usize,
  own: usize,
  other: usize,
  out: usize,
  rows: usize,
  columns: usize,
  threshold: f32,
  moment: u32,
  power: u32,
  signed: bool,
): void {
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows), whole = columns & ~3;
  for (let row = first; row < end; row++) {
    const share = own ? load<f32>(own + row * 4) : 1, start = row * columns * 4;
    for (let column: usize = 0; column < columns; column += column < whole ? 4 : 1) {
      // What is left over at the end is taken one by one, in every lane the same.
      const four = column < whole, at = start + column * 4;
      let deviation = f32x4.splat(share);
      if (other) {
        const from = other + column * 4;
        deviation = f32x4.mul(deviation, four ? v128.load(from) : f32x4.splat(load<f32>(from)));
      }
      deviation = f32x4.max(deviation, f32x4.splat(1e-6));
      let expected = f32x4.splat(0);
      if (mean) expected = four ? v128.load(mean + at) : f32x4.splat(load<f32>(mean + at));
      const own = four ? v128.load(scale + at) : f32x4.splat(load<f32>(scale + at));
      const result = moments(own, expected, deviation, threshold, moment, power, signed);
      if (four) v128.store(out + at, result);
      else store<f32>(out + at, f32x4.extract_lane(result, 0));
    }
  }
}
