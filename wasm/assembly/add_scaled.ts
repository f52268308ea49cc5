/** Elements that a part takes: a multiple of four. */
export const PART_ELEMENTS: usize = 1 << 15;

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
