import { bitsFrom, lanesOf } from "./shared/bits";
import { rowsOfPart } from "./shared/optimiser_parts";

/** A step of gradient descent on rows of `[rows, cols]`, with momentum where `velocity` is not 0. */
export function sgd_step(
  part: usize,
  weights: usize,
  gradient: usize,
  velocity: usize,
  mask: usize,
  rows: usize,
  cols: usize,
  learningRate: f32,
  momentum: f32,
): void {
  const partRows = rowsOfPart(cols), words = (cols + 31) >> 5, whole = cols & ~3;
  const last = min(rows, (part + 1) * partRows);
  const rate = f32x4.splat(learningRate), decay = f32x4.splat(momentum);
  for (let row = part * partRows; row < last; row++) {
    const bits = mask + row * words * 4;
    let at = row * cols * 4;
    for (let j: usize = 0; j < whole; j += 4, at += 16) {
      const kept = mask ? lanesOf(bitsFrom(bits, j)) : i32x4.splat(-1);
      let change = v128.load(gradient + at);
      if (velocity) {
        change = f32x4.add(change, f32x4.mul(decay, v128.load(velocity + at)));
        v128.store(velocity + at, v128.and(change, kept));
      }
      const w = f32x4.sub(v128.load(weights + at), f32x4.mul(rate, change));
      v128.store(weights + at, v128.and(w, kept));
    }
    for (let j = whole; j < cols; j++, at += 4) {
      const kept = !mask || bitsFrom(bits, j) & 1;
      let change = load<f32>(gradient + at);
      if (velocity) {
        change += momentum * load<f32>(velocity + at);
        store<f32>(velocity + at, kept ? change : 0);
      }
      store<f32>(weights + at, kept ? load<f32>(weights + at) - learningRate * change : 0);
    }
  }
}
