import { multiplyAdd } from "./shared/relaxed";

/** Columns that a part takes: a multiple of four. */
export const PART_COLUMNS: usize = 64;

/** Four numbers, or where `single` one in every lane. */
function loadFour(at: usize, single: bool): v128 {
  return single ? v128.load32_splat(at) : v128.load(at);
}

function storeFour(at: usize, value: v128, single: bool): void {
  if (single) store<f32>(at, f32x4.extract_lane(value, 0));
  else v128.store(at, value);
}

/** `inverse · (v − shift − share · normal)`: the derivative of a standardised column, applied. */
function along(v: v128, normal: v128, shift: v128, share: v128, inverse: v128): v128 {
  return f32x4.mul(inverse, f32x4.sub(f32x4.sub(v, shift), f32x4.mul(share, normal)));
}

/** The op `standardise` for some columns, four at a time; `mode` 0 is x̂, 1 J g, 2 J dg + J̇ g. */
export function standardise(
  part: usize,
  x: usize,
  g: usize,
  dx: usize,
  dg: usize,
  out: usize,
  rows: usize,
  columns: usize,
  epsilon: f32,
  mode: u32,
): void {
  const first = part * PART_COLUMNS, last = min(first + PART_COLUMNS, columns), pitch = columns * 4;
  const whole = first + ((last - first) & ~3), size = rows * pitch, one = f32x4.splat(1);
  const share = f32x4.splat(<f32> 1 / <f32> rows);
  for (let j = first; j < last; j += j < whole ? 4 : 1) {
    // What is left over at the end is taken one by one, in every lane the same.
    const single = j >= whole, start = j * 4, end = start + size;
    let centre = f32x4.splat(0), variance = f32x4.splat(0);
    for (let at = start; at < end; at += pitch) centre = f32x4.add(centre, loadFour(x + at, single));
    centre = f32x4.mul(centre, share);
    for (let at = start; at < end; at += pitch) {
      const rest = f32x4.sub(loadFour(x + at, single), centre);
      variance = multiplyAdd(rest, rest, variance);
    }
    const deviation = f32x4.sqrt(f32x4.add(f32x4.mul(variance, share), f32x4.splat(epsilon)));
    const inverse = f32x4.div(one, deviation);
    let meanG = f32x4.splat(0), shareG = meanG, meanX = meanG, shareX = meanG, meanD = meanG, shareD = meanG;
    if (mode > 0) {
      for (let at = start; at < end; at += pitch) {
        const normal = f32x4.mul(f32x4.sub(loadFour(x + at, single), centre), inverse);
        const gradient = loadFour(g + at, single);
        meanG = f32x4.add(meanG, gradient);
        shareG = multiplyAdd(normal, gradient, shareG);
        if (mode < 2) continue;
        const change = loadFour(dx + at, single), other = loadFour(dg + at, single);
        meanX = f32x4.add(meanX, change), shareX = multiplyAdd(normal, change, shareX);
        meanD = f32x4.add(meanD, other), shareD = multiplyAdd(normal, other, shareD);
      }
      meanG = f32x4.mul(meanG, share), shareG = f32x4.mul(shareG, share);
      meanX = f32x4.mul(meanX, share), shareX = f32x4.mul(shareX, share);
      meanD = f32x4.mul(meanD, share), shareD = f32x4.mul(shareD, share);
    }
    let turn = f32x4.splat(0);
    if (mode == 2) {
      for (let at = start; at < end; at += pitch) {
        const normal = f32x4.mul(f32x4.sub(loadFour(x + at, single), centre), inverse);
        const moved = along(loadFour(dx + at, single), normal, meanX, shareX, inverse);
        turn = multiplyAdd(moved, loadFour(g + at, single), turn);
      }
      turn = f32x4.mul(turn, share);
    }
    for (let at = start; at < end; at += pitch) {
      const normal = f32x4.mul(f32x4.sub(loadFour(x + at, single), centre), inverse);
      let value = normal;
      if (mode > 0) {
        const own = along(loadFour(g + at, single), normal, meanG, shareG, inverse);
        value = own;
        if (mode == 2) {
          const moved = along(loadFour(dx + at, single), normal, meanX, shareX, inverse);
          const straight = along(loadFour(dg + at, single), normal, meanD, shareD, inverse);
          const turned = multiplyAdd(turn, normal, f32x4.mul(shareG, moved));
          value = f32x4.sub(straight, f32x4.mul(inverse, multiplyAdd(shareX, own, turned)));
        }
      }
      storeFour(out + at, value, single);
    }
  }
}
