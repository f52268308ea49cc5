import { multiplyAdd } from "./shared/relaxed";

/** Samples of a head that a part takes. */
export const PART_SAMPLES: usize = 8;

function storeFour(at: usize, value: v128, single: bool, add: bool): void {
  if (single) {
    const own = f32x4.extract_lane(value, 0);
    store<f32>(at, add ? own + load<f32>(at) : own);
  } else v128.store(at, add ? f32x4.add(value, v128.load(at)) : value);
}

/** `out[(h, t), (b, s)] = scale · Σ_c left[(h, c), (b, s)] right[(h, c), (b, t)]`, or that added, for some samples of a head. */
export function head_scores(
  part: usize,
  left: usize,
  leftColumns: usize,
  right: usize,
  rightColumns: usize,
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
  for (let b = first; b < last; b++) {
    const queries = left + (firstChannel * leftColumns + (b * tokens) % leftColumns) * 4;
    const keys = right + (firstChannel * rightColumns + (b * tokens) % rightColumns) * 4;
    const scores = out + (head * tokens * columns + b * tokens) * 4;
    for (let s: usize = 0; s < tokens; s += s < whole ? 4 : 1) {
      // What is left over at the end is taken one by one, in every lane the same.
      const single = s >= whole;
      let t: usize = 0;
      // Four keys at a time.
      for (; t + 4 <= tokens; t += 4) {
        let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
        let query = queries + s * 4, key = keys + t * 4;
        for (let c: usize = 0; c < channels; c++, query += leftColumns * 4, key += rightColumns * 4) {
          const q = single ? v128.load32_splat(query) : v128.load(query);
          s0 = multiplyAdd(q, v128.load32_splat(key), s0);
          s1 = multiplyAdd(q, v128.load32_splat(key, 4), s1);
          s2 = multiplyAdd(q, v128.load32_splat(key, 8), s2);
          s3 = multiplyAdd(q, v128.load32_splat(key, 12), s3);
        }
        const to = scores + (t * columns + s) * 4, pitch = columns * 4;
        storeFour(to, f32x4.mul(factor, s0), single, add);
        storeFour(to + pitch, f32x4.mul(factor, s1), single, add);
        storeFour(to + 2 * pitch, f32x4.mul(factor, s2), single, add);
        storeFour(to + 3 * pitch, f32x4.mul(factor, s3), single, add);
      }
      for (; t < tokens; t++) {
        let sum = f32x4.splat(0), query = queries + s * 4, key = keys + t * 4;
        for (let c: usize = 0; c < channels; c++, query += leftColumns * 4, key += rightColumns * 4) {
          sum = multiplyAdd(
            single ? v128.load32_splat(query) : v128.load(query),
            v128.load32_splat(key),
            sum,
          );
        }
        storeFour(scores + (t * columns + s) * 4, f32x4.mul(factor, sum), single, add);
      }
    }
  }
}
