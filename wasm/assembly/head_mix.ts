import { dotLine } from "./shared/lines";
import { multiplyAdd } from "./shared/relaxed";

/** Samples of a head that a part takes. */
export const PART_SAMPLES: usize = 8;

function storeFour(at: usize, value: v128, single: bool, add: bool): void {
  if (single) {
    const own = f32x4.extract_lane(value, 0);
    store<f32>(at, add ? own + load<f32>(at) : own);
  } else v128.store(at, add ? f32x4.add(value, v128.load(at)) : value);
}

/** `out[(h, c), (b, s)] = scale · Σ_t weights[(h, t), (b, s)] x[(h, c), (b, t)]`, or that added, for some samples of a head. */
export function head_mix(
  part: usize,
  weights: usize,
  weightColumns: usize,
  x: usize,
  xColumns: usize,
  out: usize,
  columns: usize,
  channels: usize,
  tokens: usize,
  scale: f32,
  add: bool,
): void {
  const samples = columns / tokens, parts = (samples + PART_SAMPLES - 1) / PART_SAMPLES, head = part / parts;
  const first = (part % parts) * PART_SAMPLES, last = min(first + PART_SAMPLES, samples);
  const whole = tokens & ~3, factor = f32x4.splat(scale), firstChannel = head * channels;
  const xPitch = xColumns * 4, pitch = columns * 4;
  for (let b = first; b < last; b++) {
    const own = weights + (head * tokens * weightColumns + (b * tokens) % weightColumns) * 4;
    const values = x + firstChannel * xPitch + ((b * tokens) % xColumns) * 4;
    const sums = out + firstChannel * pitch + b * tokens * 4;
    for (let s: usize = 0; s < tokens; s += s < whole ? 4 : 1) {
      // What is left over at the end is taken one by one, in every lane the same.
      const single = s >= whole;
      let c: usize = 0;
      // Four channels at a time.
      for (; c + 4 <= channels; c += 4) {
        let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
        let weight = own + s * 4, value = values + c * xPitch;
        for (let t: usize = 0; t < tokens; t++, weight += weightColumns * 4, value += 4) {
          const w = single ? v128.load32_splat(weight) : v128.load(weight);
          s0 = multiplyAdd(w, v128.load32_splat(value), s0);
          s1 = multiplyAdd(w, v128.load32_splat(value + xPitch), s1);
          s2 = multiplyAdd(w, v128.load32_splat(value + 2 * xPitch), s2);
          s3 = multiplyAdd(w, v128.load32_splat(value + 3 * xPitch), s3);
        }
        const to = sums + c * pitch + s * 4;
        storeFour(to, f32x4.mul(factor, s0), single, add);
        storeFour(to + pitch, f32x4.mul(factor, s1), single, add);
        storeFour(to + 2 * pitch, f32x4.mul(factor, s2), single, add);
        storeFour(to + 3 * pitch, f32x4.mul(factor, s3), single, add);
      }
      for (; c < channels; c++) {
        let sum = f32x4.splat(0), weight = own + s * 4, value = values + c * xPitch;
        for (let t: usize = 0; t < tokens; t++, weight += weightColumns * 4, value += 4) {
          sum = multiplyAdd(
            single ? v128.load32_splat(weight) : v128.load(weight),
            v128.load32_splat(value),
            sum,
          );
        }
        storeFour(sums + c * pitch + s * 4, f32x4.mul(factor, sum), single, add);
      }
    }
  }
}

/** `out[(h, c), (b, t)] = scale · Σ_s weights[(h, t), (b, s)] x[(h, c), (b, s)]`, or that added, for some samples of a head. */
export function head_mix_transposed(
  part: usize,
  weights: usize,
  weightColumns: usize,
  x: usize,
  xColumns: usize,
  out: usize,
  columns: usize,
  channels: usize,
  tokens: usize,
  scale: f32,
  add: bool,
): void {
  const samples = columns / tokens, parts = (samples + PART_SAMPLES - 1) / PART_SAMPLES, head = part / parts;
  const first = (part % parts) * PART_SAMPLES, last = min(first + PART_SAMPLES, samples);
  const firstChannel = head * channels;
  for (let b = first; b < last; b++) {
    const own = weights + (head * tokens * weightColumns + (b * tokens) % weightColumns) * 4;
    for (let c = firstChannel; c < firstChannel + channels; c++) {
      const line = x + (c * xColumns + (b * tokens) % xColumns) * 4;
      let to = out + (c * columns + b * tokens) * 4, weight = own;
      for (let t: usize = 0; t < tokens; t++, to += 4, weight += weightColumns * 4) {
        const sum = scale * dotLine(weight, line, tokens);
        store<f32>(to, add ? sum + load<f32>(to) : sum);
      }
    }
  }
}
