import { exponential } from "./shared/exponential";
import { multiplyAdd } from "./shared/relaxed";

/** Columns of a block that a part takes: a multiple of four. */
export const PART_COLUMNS: usize = 256;

/** Four numbers, or where `single` one in every lane. */
function loadFour(at: usize, single: bool): v128 {
  return single ? v128.load32_splat(at) : v128.load(at);
}

function storeFour(at: usize, value: v128, single: bool): void {
  if (single) store<f32>(at, f32x4.extract_lane(value, 0));
  else v128.store(at, value);
}

/** The op `softmax_blocks` for some columns of a block, four at a time; `mode` 0 is p, 1 what flows back, 2 how that moves. */
export function softmax_blocks(
  part: usize,
  x: usize,
  g: usize,
  dx: usize,
  dg: usize,
  out: usize,
  size: usize,
  columns: usize,
  mode: u32,
): void {
  const strips = (columns + PART_COLUMNS - 1) / PART_COLUMNS, pitch = columns * 4;
  const first = (part % strips) * PART_COLUMNS, last = min(first + PART_COLUMNS, columns);
  const whole = first + ((last - first) & ~3), block = (part / strips) * size * pitch;
  for (let j = first; j < last; j += j < whole ? 4 : 1) {
    // What is left over at the end is taken one by one, in every lane the same.
    const single = j >= whole, start = block + j * 4, end = start + size * pitch;
    if (mode == 0) {
      let largest = loadFour(x + start, single), total = f32x4.splat(0);
      for (let at = start; at < end; at += pitch) largest = f32x4.max(largest, loadFour(x + at, single));
      for (let at = start; at < end; at += pitch) {
        const value = exponential(f32x4.sub(loadFour(x + at, single), largest));
        total = f32x4.add(total, value);
        storeFour(out + at, value, single);
      }
      const factor = f32x4.div(f32x4.splat(1), total);
      for (let at = start; at < end; at += pitch) {
        storeFour(out + at, f32x4.mul(factor, loadFour(out + at, single)), single);
      }
      continue;
    }
    let mean = f32x4.splat(0), change = mean;
    for (let at = start; at < end; at += pitch) {
      const p = loadFour(x + at, single), gradient = loadFour(g + at, single);
      mean = multiplyAdd(p, gradient, mean);
      if (mode == 2) {
        change = multiplyAdd(p, loadFour(dg + at, single), change);
        change = multiplyAdd(loadFour(dx + at, single), gradient, change);
      }
    }
    for (let at = start; at < end; at += pitch) {
      const p = loadFour(x + at, single), rest = f32x4.sub(loadFour(g + at, single), mean);
      if (mode == 1) storeFour(out + at, f32x4.mul(p, rest), single);
      else {
        const turned = f32x4.mul(p, f32x4.sub(loadFour(dg + at, single), change));
        storeFour(out + at, multiplyAdd(loadFour(dx + at, single), rest, turned), single);
      }
    }
  }
}
