// Of every pair of a layer's neurons, outputs by inputs: the least weight, in deviations, that has outlasted SynFlow's rounds, in float32,
// and what comes of it. The op is in packages/ops/survival_bounds.ts.

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

function clipped(x: f64, most: f64): f64 {
  return min(max(x, -most), most);
}

/**
 * Raises the bounds of some rows of pairs after a round.
 *
 * @param vectors r of the inputs, c of the outputs, and the means of what is seen of r and of c: four times `count` numbers in float64
 * @param slopesR how r is seen to answer a pair's weight, and `slopesC` c, in float32
 * @param none sizes that no weight has, and `far` those that none has however much both sides answer it; `most` the largest
 * logarithm of an answer
 */
export function raise_bounds(
  part: usize,
  rows: usize,
  count: usize,
  vectors: usize,
  slopesR: usize,
  slopesC: usize,
  bounds: usize,
  rounds: usize,
  pull: usize,
  roots: usize,
  kicked: usize,
  width: f64,
  threshold: f64,
  round: u32,
  uniform: i32,
  none: f64,
  far: f64,
  most: f64,
): void {
  const r = vectors, c = r + count * 8, meansR = c + count * 8, meansC = meansR + count * 8;
  const first = part * rows, last = min(first + rows, count);
  for (let i = first; i < last; i++) {
    const own = load<f64>(c + i * 8) / threshold, ownMean = load<f64>(meansC + i * 8) / threshold;
    const overOwn = 1 / (own * width);
    for (let j: usize = 0, at = i * count * 4; j < count; j++, at += 4) {
      if (<f64> load<f32>(kicked + at) > none && <f64> load<f32>(bounds + at) > none) continue;
      const other = load<f64>(r + j * 8), bound = 1 / (own * other);
      if (!(bound <= far)) {
        store<f32>(bounds + at, <f32> (2 * none));
        store<f32>(kicked + at, <f32> (2 * none));
        store<f32>(pull + at, 0);
        continue;
      }
      if (bound > <f64> load<f32>(bounds + at)) {
        store<f32>(bounds + at, <f32> bound);
        store<u16>(rounds + (at >> 1), <u16> round);
        store<f32>(pull + at, <f32> (bound * bound * density(bound, uniform)));
      }
      const slopeC = <f64> load<f32>(slopesC + at) / threshold, slopeR = <f64> load<f32>(slopesR + at);
      const mean = load<f64>(meansR + j * 8), overOther = 1 / (other * width);
      let root = <f64> load<f32>(roots + at);
      if (root == 0) root = min(bound, none);
      for (let iteration = 0; iteration < 2; iteration++) {
        const up = clipped((root * slopeC - ownMean) * overOwn, most);
        const down = clipped((root * slopeR - mean) * overOther, most);
        root = min(bound * exponential(-up - down), 2 * none);
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
