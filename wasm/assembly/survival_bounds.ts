// Of every pair of a layer's neurons, outputs by inputs: the least weight, in deviations, that has outlasted SynFlow's rounds, in float32,
// and what comes of it. The op is in packages/ops/survival_bounds.ts.
import { belowPlace, COPIES_BYTES, LEAST_EXTRA, placeOf } from "./shared/copies";

const LOG2_E: f64 = 1.4426950408889634, LN_2: f64 = 0.6931471805599453;

/** e^x to 3e-10 of it, which float32 does not see, of x up to 700. Its terms are paired so that they need not wait for one another. */
function exponential(x: f64): f64 {
  if (x < -700) return 0;
  const k = nearest(x * LOG2_E), r = x - k * LN_2, r2 = r * r, r4 = r2 * r2;
  const low = 1 + r + r2 * (1.0 / 2 + r * (1.0 / 6));
  const high = 1.0 / 24 + r * (1.0 / 120) + r2 * (1.0 / 720 + r * (1.0 / 5040));
  return (low + r4 * (high + r4 * (1.0 / 40320))) * reinterpret<f64>((<i64> k + 1023) << 52);
}

/** The density of a weight's size. */
function density(size: f64, uniform: i32): f64 {
  if (uniform) return size < sqrt<f64>(3) ? 1 / sqrt<f64>(3) : 0;
  return 0.7978845608028654 * exponential(-0.5 * size * size);
}

/** `E[|ω| 1{|ω| > bound}]`, of a bound and its weight in the pull. */
function meanBeyond(bound: f64, pull: f64, uniform: i32): f64 {
  if (uniform) return bound < sqrt<f64>(3) ? (3 - bound * bound) / (2 * sqrt<f64>(3)) : 0;
  return bound > 0 ? pull / (bound * bound) : 0.7978845608028654;
}

/**
 * Raises the bounds of some rows of pairs after a round.
 *
 * @param vectors r of the inputs' copies and c of the outputs', `count` times `COPIES` numbers in float64, and the fields of
 * the inputs and the outputs on the other side, `count` numbers each
 * @param none a size that no weight has, and `steps` how often a bound is brought nearer
 */
export function raise_bounds(
  part: usize,
  rows: usize,
  count: usize,
  vectors: usize,
  bounds: usize,
  rounds: usize,
  pull: usize,
  roots: usize,
  kicked: usize,
  threshold: f64,
  round: u32,
  uniform: i32,
  none: f64,
  steps: i32,
): void {
  const stride = COPIES_BYTES, itself: usize = (<usize> -LEAST_EXTRA) * 8;
  const r = vectors, c = r + count * stride, inputs = c + count * stride, outputs = inputs + count * 8;
  const sharesR = outputs + count * 8, sharesC = sharesR + count * 8;
  const first = part * rows, last = min(first + rows, count);
  for (let i = first; i < last; i++) {
    const copiesC = c + i * stride, own = load<f64>(copiesC + itself), fieldR = load<f64>(outputs + i * 8);
    for (let j: usize = 0, at = i * count * 4; j < count; j++, at += 4) {
      const before = <f64> load<f32>(bounds + at);
      if (<f64> load<f32>(kicked + at) > none && before > none) continue;
      const replaced = meanBeyond(before, <f64> load<f32>(pull + at), uniform);
      const copiesR = r + j * stride, bound = min(threshold / (own * load<f64>(copiesR + itself)), 2 * none);
      if (bound > before) {
        store<f32>(bounds + at, <f32> bound);
        store<u16>(rounds + (at >> 1), <u16> round);
        store<f32>(pull + at, bound > none ? 0 : <f32> (bound * bound * density(bound, uniform)));
      }
      const fieldC = load<f64>(inputs + j * 8);
      const lessC = replaced * load<f64>(sharesC + i * 8), lessR = replaced * load<f64>(sharesR + j * 8);
      let root = <f64> load<f32>(roots + at);
      if (root == 0) root = min(bound, none);
      for (let step = 0; step < steps; step++) {
        const placeC = placeOf((root - lessC) * fieldC), placeR = placeOf((root - lessR) * fieldR);
        const belowC = belowPlace(placeC), belowR = belowPlace(placeR);
        const lowC = load<f64>(copiesC + belowC * 8), slopeC = load<f64>(copiesC + belowC * 8 + 8) - lowC;
        const lowR = load<f64>(copiesR + belowR * 8), slopeR = load<f64>(copiesR + belowR * 8 + 8) - lowR;
        const up = lowC + (placeC - <f64> belowC) * slopeC, down = lowR + (placeR - <f64> belowR) * slopeR;
        const score = root * up * down;
        const slope = up * down + root * (slopeC * fieldC * down + up * slopeR * fieldR);
        root = min(score > 0 ? root + (threshold - score) / slope : 2 * root, 2 * none);
      }
      store<f32>(roots + at, <f32> root);
      if (root > <f64> load<f32>(kicked + at)) store<f32>(kicked + at, <f32> root);
    }
  }
}

/** Adds what one pair pulls to the round that its bound is of, in a line of `out`, in float32. */
function addPull(line: usize, own: f32, rounds: usize, at: usize, partner: f64): void {
  if (!(own > 0)) return;
  const to = line + (<usize> load<u16>(rounds + (at >> 1))) * 4;
  store<f32>(to, <f32> (<f64> load<f32>(to) + <f64> own * partner));
}

/** Adds `pull · partner` of some rows' pairs to `out` [outputs, rounds], in float32: each to the round that its bound is of. */
export function pull_of_rows(
  part: usize,
  rows: usize,
  count: usize,
  pull: usize,
  rounds: usize,
  partners: usize,
  out: usize,
  stride: usize,
): void {
  const first = part * rows, last = min(first + rows, count);
  for (let i = first; i < last; i++) {
    const row = out + i * stride * 4;
    for (let j: usize = 0, at = i * count * 4; j < count; j++, at += 4) {
      addPull(row, load<f32>(pull + at), rounds, at, load<f64>(partners + j * 8));
    }
  }
}

/** The same to `out` [inputs, rounds], of some columns' pairs. */
export function pull_of_columns(
  part: usize,
  columns: usize,
  count: usize,
  pull: usize,
  rounds: usize,
  partners: usize,
  out: usize,
  stride: usize,
): void {
  const first = part * columns, last = min(first + columns, count);
  for (let i: usize = 0; i < count; i++) {
    const partner = load<f64>(partners + i * 8);
    for (let j = first, at = (i * count + first) * 4; j < last; j++, at += 4) {
      addPull(out + j * stride * 4, load<f32>(pull + at), rounds, at, partner);
    }
  }
}
