import { dotLine } from "./shared/lines";

/** Weights that a part takes. */
export const PART_WEIGHTS: usize = 16;

/** The gradients of some weights at each sample, summed over positions. */
export function gradient_panel(
  part: usize,
  h: usize,
  hColumns: usize,
  delta: usize,
  deltaColumns: usize,
  outputs: usize,
  inputs: usize,
  count: usize,
  positions: usize,
  sampleStart: usize,
  sampleCount: usize,
  panel: usize,
  pitch: usize,
): void {
  const first = part * PART_WEIGHTS, end = min(first + PART_WEIGHTS, count);
  for (let e = first; e < end; e++) {
    const line = delta + <usize> load<u32>(outputs + e * 4) * deltaColumns * 4;
    const line2 = h + <usize> load<u32>(inputs + e * 4) * hColumns * 4, to = panel + e * pitch * 4;
    for (let x: usize = 0; x < sampleCount; x++) {
      const column = (sampleStart + x) * positions;
      store<f32>(to + x * 4, dotLine(line + column * 4, line2 + column % hColumns * 4, positions));
    }
  }
}
