/** Elements that a part takes: a multiple of four. */
export const PART_ELEMENTS: usize = 1 << 15;

/** `out = x ⊙ y`. */
export function multiply_elements(part: usize, x: usize, y: usize, out: usize, count: usize): void {
  const first = part * PART_ELEMENTS * 4, end = min(first + PART_ELEMENTS * 4, count * 4);
  const whole = first + ((end - first) & ~15);
  let at = first;
  for (; at < whole; at += 16) v128.store(out + at, f32x4.mul(v128.load(x + at), v128.load(y + at)));
  for (; at < end; at += 4) store<f32>(out + at, load<f32>(x + at) * load<f32>(y + at));
}
