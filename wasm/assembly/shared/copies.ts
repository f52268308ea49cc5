/** Copies of a neuron, and the weight that the first has in addition; the next has 1 more. */
export const COPIES: i32 = 9;
export const LEAST_EXTRA: i32 = -3;

/** Bytes of a neuron's copies, in float64. */
export const COPIES_BYTES: usize = 9 * 8;

/** Where a weight in addition falls among the copies. */
export function placeOf(extra: f64): f64 {
  return min(max(extra - <f64> LEAST_EXTRA, 0), <f64> (COPIES - 1));
}

/** The copy below a place, of which there is one more. */
export function belowPlace(place: f64): usize {
  return <usize> min(<i32> place, COPIES - 2);
}

/** What a neuron is with a weight in addition: between two of its copies, and beyond the last what that is. */
export function seeCopy(copies: usize, extra: f64): f64 {
  const place = placeOf(extra), below = belowPlace(place), at = copies + below * 8;
  const low = load<f64>(at);
  return low + (place - <f64> below) * (load<f64>(at, 8) - low);
}

/** What it is with either of two weights. */
export function seeTwoCopies(copies: usize, extra: v128): v128 {
  const place = f64x2.pmin(
    f64x2.pmax(f64x2.sub(extra, f64x2.splat(<f64> LEAST_EXTRA)), f64x2.splat(0)),
    f64x2.splat(<f64> (COPIES - 1)),
  );
  const below = f64x2.pmin(f64x2.floor(place), f64x2.splat(<f64> (COPIES - 2)));
  const index = i32x4.trunc_sat_f64x2_s_zero(below);
  // Each with the next.
  const first = v128.load(copies + (<usize> i32x4.extract_lane(index, 0)) * 8);
  const second = v128.load(copies + (<usize> i32x4.extract_lane(index, 1)) * 8);
  const low = v128.shuffle<f64>(first, second, 0, 2), high = v128.shuffle<f64>(first, second, 1, 3);
  return f64x2.add(low, f64x2.mul(f64x2.sub(place, below), f64x2.sub(high, low)));
}

/** By how much that grows with the weight. */
export function slopeOfCopy(copies: usize, extra: f64): f64 {
  const at = copies + belowPlace(placeOf(extra)) * 8;
  return load<f64>(at, 8) - load<f64>(at);
}
