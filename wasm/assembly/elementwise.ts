/** Elements that a part takes: a multiple of four. */
const PART_ELEMENTS: usize = 1 << 15;

/** ReLU of part of `count` numbers. */
export function relu(part: usize, z: usize, out: usize, count: usize): void {
  const first = part * PART_ELEMENTS * 4, end = min(first + PART_ELEMENTS * 4, count * 4);
  const whole = first + ((end - first) & ~15);
  let at = first;
  for (; at < whole; at += 16) v128.store(out + at, f32x4.max(v128.load(z + at), f32x4.splat(0)));
  for (; at < end; at += 4) store<f32>(out + at, max<f32>(load<f32>(z + at), 0));
}

/** `g` where `z` is above zero, zero elsewhere: what flows back through ReLU. */
export function relu_derivative(part: usize, z: usize, g: usize, out: usize, count: usize): void {
  const first = part * PART_ELEMENTS * 4, end = min(first + PART_ELEMENTS * 4, count * 4);
  const whole = first + ((end - first) & ~15);
  let at = first;
  for (; at < whole; at += 16) {
    v128.store(out + at, v128.and(v128.load(g + at), f32x4.gt(v128.load(z + at), f32x4.splat(0))));
  }
  for (; at < end; at += 4) store<f32>(out + at, load<f32>(z + at) > 0 ? load<f32>(g + at) : 0);
}

/** `out = x ⊙ y`. */
export function multiply_elements(part: usize, x: usize, y: usize, out: usize, count: usize): void {
  const first = part * PART_ELEMENTS * 4, end = min(first + PART_ELEMENTS * 4, count * 4);
  const whole = first + ((end - first) & ~15);
  let at = first;
  for (; at < whole; at += 16) v128.store(out + at, f32x4.mul(v128.load(x + at), v128.load(y + at)));
  for (; at < end; at += 4) store<f32>(out + at, load<f32>(x + at) * load<f32>(y + at));
}

/** `y += scale · x`. */
export function add_scaled(part: usize, x: usize, y: usize, scale: f32, count: usize): void {
  const first = part * PART_ELEMENTS * 4, end = min(first + PART_ELEMENTS * 4, count * 4);
  const whole = first + ((end - first) & ~15), factor = f32x4.splat(scale);
  let at = first;
  for (; at < whole; at += 16) {
    v128.store(y + at, f32x4.add(v128.load(y + at), f32x4.mul(factor, v128.load(x + at))));
  }
  for (; at < end; at += 4) store<f32>(y + at, load<f32>(y + at) + scale * load<f32>(x + at));
}
