/** Steps away from a guess before its neighbourhood is known to hold no crossing. */
const FIRST_STEP = { guessed: 0.01, unguessed: 8 };

/** How well a fraction is met, relative to it. */
const PRECISION = 3e-6;

/**
 * Where a falling function reaches a value: bracketed from a guess on, then by regula falsi in its Illinois form, which
 * takes a handful of evaluations where halving takes twenty.
 */
export async function crossing(
  f: (x: number) => Promise<number>,
  value: number,
  guess: number | undefined,
): Promise<number> {
  let step = guess === undefined ? FIRST_STEP.unguessed : FIRST_STEP.guessed;
  let low = guess ?? 0, above = await f(low) - value;
  let high = low, below = above;
  while (above < 0 && low > -500) {
    [high, below] = [low, above];
    low -= step;
    step *= 3;
    above = await f(low) - value;
  }
  while (below > 0 && high < 500) {
    [low, above] = [high, below];
    high += step;
    step *= 3;
    below = await f(high) - value;
  }
  let side = 0;
  for (let iteration = 1; iteration <= 60 && high - low > 1e-7 && above > 0 && below < 0; iteration++) {
    // A step in f holds the secant on one side: every fourth point is the middle.
    const middle = iteration % 4 === 0 ? (low + high) / 2 : (low * below - high * above) / (below - above);
    const excess = await f(middle) - value;
    if (Math.abs(excess) < PRECISION * value) return middle;
    if (excess > 0) {
      [low, above] = [middle, excess];
      if (side > 0) below /= 2;
      side = 1;
    } else {
      [high, below] = [middle, excess];
      if (side < 0) above /= 2;
      side = -1;
    }
  }
  return (low + high) / 2;
}
