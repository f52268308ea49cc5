import { exponential } from "./shared/exponential";
import { multiplyAdd } from "./shared/relaxed";

// The smooth activations and their derivatives, by the formulas of `shaders/shared/erf.wgsl` and `tanh.wgsl`.

/** Elements that a part of {@link relu} or {@link relu_derivative} takes: a multiple of four. */
export const RELU_ELEMENTS: usize = 1 << 15;

/** Elements that a part of {@link smooth_activation} takes: a multiple of four. */
export const SMOOTH_ELEMENTS: usize = 1 << 13;

/** ReLU of part of `count` numbers. */
export function relu(part: usize, z: usize, out: usize, count: usize): void {
  const first = part * RELU_ELEMENTS * 4, end = min(first + RELU_ELEMENTS * 4, count * 4);
  const whole = first + ((end - first) & ~15);
  let at = first;
  for (; at < whole; at += 16) v128.store(out + at, f32x4.max(v128.load(z + at), f32x4.splat(0)));
  for (; at < end; at += 4) store<f32>(out + at, max<f32>(load<f32>(z + at), 0));
}

/** `g` where `z` is above zero, zero elsewhere: what flows back through ReLU. */
export function relu_derivative(part: usize, z: usize, g: usize, out: usize, count: usize): void {
  const first = part * RELU_ELEMENTS * 4, end = min(first + RELU_ELEMENTS * 4, count * 4);
  const whole = first + ((end - first) & ~15);
  let at = first;
  for (; at < whole; at += 16) {
    v128.store(out + at, v128.and(v128.load(g + at), f32x4.gt(v128.load(z + at), f32x4.splat(0))));
  }
  for (; at < end; at += 4) store<f32>(out + at, load<f32>(z + at) > 0 ? load<f32>(g + at) : 0);
}

function withSignOf(z: v128, magnitude: v128): v128 {
  return v128.or(magnitude, v128.and(z, i32x4.splat(0x80000000)));
}

/** `e^(−min(x, 80))` for x of at least zero. */
function decay(x: v128): v128 {
  return exponential(f32x4.neg(f32x4.min(x, f32x4.splat(80))));
}

function erf(z: v128): v128 {
  const x = f32x4.abs(z), s = f32x4.mul(z, z), one = f32x4.splat(1);
  let near = multiplyAdd(s, f32x4.splat(-1.450385222e-7), f32x4.splat(1.458916900e-6));
  near = multiplyAdd(s, near, f32x4.splat(-1.322751323e-5));
  near = multiplyAdd(s, near, f32x4.splat(1.068376068e-4));
  near = multiplyAdd(s, near, f32x4.splat(-7.575757576e-4));
  near = multiplyAdd(s, near, f32x4.splat(0.004629629630));
  near = multiplyAdd(s, near, f32x4.splat(-0.02380952381));
  near = multiplyAdd(s, near, f32x4.splat(0.1));
  near = multiplyAdd(s, near, f32x4.splat(-0.3333333333));
  near = multiplyAdd(s, near, one);
  near = f32x4.mul(f32x4.mul(f32x4.splat(1.128379167), z), near);
  const t = f32x4.div(one, multiplyAdd(f32x4.splat(0.3275911), x, one));
  let far = multiplyAdd(t, f32x4.splat(1.061405429), f32x4.splat(-1.453152027));
  far = multiplyAdd(t, far, f32x4.splat(1.421413741));
  far = multiplyAdd(t, far, f32x4.splat(-0.284496736));
  far = multiplyAdd(t, far, f32x4.splat(0.254829592));
  far = f32x4.sub(one, f32x4.mul(f32x4.mul(t, far), decay(s)));
  return v128.bitselect(near, withSignOf(z, far), f32x4.lt(x, one));
}

function tanh(z: v128): v128 {
  const x = f32x4.abs(z), s = f32x4.mul(z, z), one = f32x4.splat(1);
  let near = f32x4.add(f32x4.splat(9), f32x4.div(s, f32x4.splat(11)));
  near = f32x4.add(f32x4.splat(7), f32x4.div(s, near));
  near = f32x4.add(f32x4.splat(5), f32x4.div(s, near));
  near = f32x4.add(f32x4.splat(3), f32x4.div(s, near));
  near = f32x4.div(z, f32x4.add(one, f32x4.div(s, near)));
  const e = decay(f32x4.add(x, x));
  const far = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
  return v128.bitselect(near, withSignOf(z, far), f32x4.lt(x, one));
}

const TANH: u32 = 0, ERF: u32 = 1;

/** The density of the standard normal distribution. */
function normalDensity(z: v128): v128 {
  return f32x4.mul(f32x4.splat(0.3989422804), decay(f32x4.mul(f32x4.splat(0.5), f32x4.mul(z, z))));
}

/** Its distribution function. */
function normalShare(z: v128): v128 {
  const half = f32x4.splat(0.5);
  return multiplyAdd(half, erf(f32x4.mul(f32x4.splat(0.7071067812), z)), half);
}

function bounded(z: v128, most: f32): v128 {
  return f32x4.max(f32x4.min(z, f32x4.splat(most)), f32x4.splat(-most));
}

function value(z: v128, kind: u32): v128 {
  if (kind == ERF) return erf(z);
  return kind == TANH ? tanh(z) : f32x4.mul(z, normalShare(z));
}

/** φ', for erf `2/√π e^(−z²)`, for tanh `1 − tanh²` without its rounding. */
function slope(z: v128, kind: u32): v128 {
  if (kind == ERF) return f32x4.mul(f32x4.splat(1.128379167), decay(f32x4.mul(z, z)));
  if (kind != TANH) return multiplyAdd(bounded(z, 13), normalDensity(z), normalShare(z));
  const x = f32x4.abs(z), e = decay(f32x4.add(x, x)), sum = f32x4.add(f32x4.splat(1), e);
  return f32x4.div(f32x4.mul(f32x4.splat(4), e), f32x4.mul(sum, sum));
}

/** φ'' given φ'. */
function curvature(z: v128, slope: v128, kind: u32): v128 {
  if (kind > ERF) {
    const near = bounded(z, 13);
    return f32x4.mul(f32x4.sub(f32x4.splat(2), f32x4.mul(near, near)), normalDensity(z));
  }
  const factor = kind == ERF ? bounded(z, 9) : tanh(z);
  return f32x4.mul(f32x4.mul(f32x4.splat(-2), factor), slope);
}

/** Four numbers, or where `single` one in every lane. */
function loadFour(at: usize, single: bool): v128 {
  return single ? v128.load32_splat(at) : v128.load(at);
}

/**
 * The op `activation` of tanh, erf or GELU, `kind` 0, 1 and 2, for part of `count` numbers; `mode` 0 is φ, 1 φ' g, 2 φ'' dz g +
 * φ' dg.
 */
export function smooth_activation(
  part: usize,
  z: usize,
  g: usize,
  dz: usize,
  dg: usize,
  out: usize,
  count: usize,
  kind: u32,
  mode: u32,
): void {
  const first = part * SMOOTH_ELEMENTS, last = min(first + SMOOTH_ELEMENTS, count);
  const whole = (first + ((last - first) & ~3)) * 4, end = last * 4;
  for (let at = first * 4; at < end; at += at < whole ? 16 : 4) {
    // What is left over at the end is taken one by one, in every lane the same.
    const single = at >= whole, x = loadFour(z + at, single);
    let result: v128;
    if (mode == 0) {
      result = value(x, kind);
    } else {
      const derivative = slope(x, kind), factor = loadFour(g + at, single);
      result = f32x4.mul(derivative, factor);
      if (mode == 2) {
        const change = f32x4.mul(curvature(x, derivative, kind), loadFour(dz + at, single));
        result = multiplyAdd(change, factor, f32x4.mul(derivative, loadFour(dg + at, single)));
      }
    }
    if (single) store<f32>(out + at, f32x4.extract_lane(result, 0));
    else v128.store(out + at, result);
  }
}
