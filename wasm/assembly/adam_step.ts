import { bitsFrom, lanesOf } from "./shared/bits";
import { rowsOfPart } from "./shared/optimiser_parts";

/** A step of Adam on rows of `[rows, cols]`; `mask` is 0 where every weight is kept. */
export function adam_step(
  part: usize,
  weights: usize,
  gradient: usize,
  mean: usize,
  square: usize,
  mask: usize,
  rows: usize,
  cols: usize,
  meanRate: f32,
  squareRate: f32,
  stepSize: f32,
  rootCorrection: f32,
  epsilon: f32,
): void {
  const partRows = rowsOfPart(cols), words = (cols + 31) >> 5, whole = cols & ~3;
  const last = min(rows, (part + 1) * partRows);
  const mr = f32x4.splat(meanRate), sr = f32x4.splat(squareRate), step = f32x4.splat(stepSize);
  const root = f32x4.splat(rootCorrection), eps = f32x4.splat(epsilon);
  for (let row = part * partRows; row < last; row++) {
    const bits = mask + row * words * 4;
    let at = row * cols * 4;
    for (let j: usize = 0; j < whole; j += 4, at += 16) {
      const g = v128.load(gradient + at);
      let m = v128.load(mean + at), s = v128.load(square + at), w = v128.load(weights + at);
      m = f32x4.add(m, f32x4.mul(mr, f32x4.sub(g, m)));
      s = f32x4.add(s, f32x4.mul(sr, f32x4.sub(f32x4.mul(g, g), s)));
      w = f32x4.sub(w, f32x4.div(f32x4.mul(step, m), f32x4.add(f32x4.div(f32x4.sqrt(s), root), eps)));
      if (mask) {
        const kept = lanesOf(bitsFrom(bits, j));
        m = v128.and(m, kept);
        s = v128.and(s, kept);
        w = v128.and(w, kept);
      }
      v128.store(mean + at, m);
      v128.store(square + at, s);
      v128.store(weights + at, w);
    }
    for (let j = whole; j < cols; j++, at += 4) {
      let m: f32 = 0, s: f32 = 0, w: f32 = 0;
      if (!mask || bitsFrom(bits, j) & 1) {
        const g = load<f32>(gradient + at);
        m = load<f32>(mean + at);
        s = load<f32>(square + at);
        m += meanRate * (g - m);
        s += squareRate * (g * g - s);
        w = load<f32>(weights + at) - stepSize * m / (sqrt<f32>(s) / rootCorrection + epsilon);
      }
      store<f32>(mean + at, m);
      store<f32>(square + at, s);
      store<f32>(weights + at, w);
    }
  }
}
