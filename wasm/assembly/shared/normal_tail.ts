import { multiplyAdd } from "./relaxed";

/** `P(|ω| > q)` of the standard normal law, q from 0 to 12, given `e^(−q²/2)`: the formulas of `shaders/shared/erf.wgsl`. */
export function normalTail(q: v128, bell: v128): v128 {
  const x = f32x4.mul(q, f32x4.splat(0.7071067812)), s = f32x4.mul(x, x), one = f32x4.splat(1);
  let near = multiplyAdd(s, f32x4.splat(-1.450385222e-7), f32x4.splat(1.458916900e-6));
  near = multiplyAdd(s, near, f32x4.splat(-1.322751323e-5));
  near = multiplyAdd(s, near, f32x4.splat(1.068376068e-4));
  near = multiplyAdd(s, near, f32x4.splat(-7.575757576e-4));
  near = multiplyAdd(s, near, f32x4.splat(0.004629629630));
  near = multiplyAdd(s, near, f32x4.splat(-0.02380952381));
  near = multiplyAdd(s, near, f32x4.splat(0.1));
  near = multiplyAdd(s, near, f32x4.splat(-0.3333333333));
  near = multiplyAdd(s, near, one);
  near = f32x4.sub(one, f32x4.mul(f32x4.mul(f32x4.splat(1.128379167), x), near));
  const t = f32x4.div(one, multiplyAdd(f32x4.splat(0.3275911), x, one));
  let far = multiplyAdd(t, f32x4.splat(1.061405429), f32x4.splat(-1.453152027));
  far = multiplyAdd(t, far, f32x4.splat(1.421413741));
  far = multiplyAdd(t, far, f32x4.splat(-0.284496736));
  far = multiplyAdd(t, far, f32x4.splat(0.254829592));
  far = f32x4.mul(f32x4.mul(t, far), bell);
  return v128.bitselect(near, far, f32x4.lt(x, one));
}
