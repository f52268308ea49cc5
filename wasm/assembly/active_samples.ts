/** Neurons that a part takes. */
export const PART_ROWS: usize = 4;

/** Lists the samples at which `delta` [rows, classes · samples] has anything but zeros: their number first. */
export function active_samples(
  part: usize,
  delta: usize,
  classes: usize,
  samples: usize,
  rows: usize,
  list: usize,
): void {
  const first = part * PART_ROWS, end = min(first + PART_ROWS, rows), bytes = samples * 4;
  for (let row = first; row < end; row++) {
    const line = delta + row * classes * bytes, start = list + row * (bytes + 4);
    let to = start + 4;
    for (let x: usize = 0; x < samples; x++) {
      for (let at = line + x * 4, c: usize = 0; c < classes; c++, at += bytes) {
        if (load<f32>(at) == 0) continue;
        store<u32>(to, <u32> x);
        to += 4;
        break;
      }
    }
    store<u32>(start, <u32> ((to - start) / 4 - 1));
  }
}
