import { exponential } from "./shared/exponential";
import { normalTail } from "./shared/normal_tail";
import { multiplyAdd } from "./shared/relaxed";

/** Elements that a part takes: a multiple of four. */
export const PART_ELEMENTS: usize = 1 << 14;

/** `P(|ω| > q)`, `E[|ω| 1{|ω| > q}]` or `E[ω² 1{|ω| > q}]` for `moment` 0, 1, 2. */
function beyond(q: v128, moment: u32, uniform: bool): v128 {
  const one = f32x4.splat(1);
  if (uniform) {
    const share = f32x4.min(f32x4.mul(q, f32x4.splat(0.5773502692)), one);
    if (moment == 0) return f32x4.sub(one, share);
    const square = f32x4.mul(share, share);
    if (moment == 1) return f32x4.mul(f32x4.splat(0.8660254038), f32x4.sub(one, square));
    return f32x4.sub(one, f32x4.mul(square, share));
  }
  const bounded = f32x4.min(q, f32x4.splat(12)), root = f32x4.splat(0.7978845608);
  const bell = exponential(f32x4.mul(f32x4.splat(-0.5), f32x4.mul(bounded, bounded)));
  if (moment == 1) return f32x4.mul(root, bell);
  const tail = normalTail(bounded, bell);
  return moment == 0 ? tail : multiplyAdd(f32x4.mul(bounded, root), bell, tail);
}

/** `base + factor · ` what is beyond `level / |scale|`, `zero` where the scale is zero, of part of `count` scales. */
export function keep_probability(
  part: usize,
  scale: usize,
  out: usize,
  count: usize,
  level: f32,
  moment: u32,
  uniform: bool,
  base: f32,
  factor: f32,
  zero: f32,
): void {
  const first = part * PART_ELEMENTS, end = min(first + PART_ELEMENTS, count), none = f32x4.splat(0);
  const whole = first + ((end - first) & ~3), absent = f32x4.splat(zero);
  for (let at = first; at < end; at += at < whole ? 4 : 1) {
    // What is left over at the end is taken one by one, in every lane the same.
    const sizes = f32x4.abs(
      at < whole ? v128.load(scale + at * 4) : f32x4.splat(load<f32>(scale + at * 4)),
    );
    const inside = beyond(f32x4.div(f32x4.splat(level), sizes), moment, uniform);
    const value = multiplyAdd(f32x4.splat(factor), inside, f32x4.splat(base));
    const result = v128.bitselect(absent, value, f32x4.eq(sizes, none));
    if (at < whole) v128.store(out + at * 4, result);
    else store<f32>(out + at * 4, f32x4.extract_lane(result, 0));
  }
}
