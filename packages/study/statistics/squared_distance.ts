import { debiasedDistance, frobeniusDistance, type StepGraphon } from "@graphon-limit/graphon";

/** A number with the interval that holds it, at 95 % confidence unless said. */
export interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The squared distance over the cells between what two sets of independent trials are estimates of, free of their noise; never
 * below 0. Of single trials, whose noise cannot be seen, it is their plain squared distance, and anything may be true of it.
 *
 * @param level coverage of the interval
 */
export function squaredDistance(
  a: readonly StepGraphon[],
  b: readonly StepGraphon[],
  level = 0.95,
): Bounded {
  if (a.length < 2 || b.length < 2) {
    return { value: frobeniusDistance(a[0], b[0]) ** 2, low: 0, high: Infinity };
  }
  const { debiased, interval: [low, high] } = debiasedDistance({ graphons: a }, { graphons: b }, { level });
  return { value: debiased ** 2, low: low ** 2, high: high ** 2 };
}

/**
 * How much one number is larger than another, its interval from theirs (MOVER, Zou and Donner 2008). Numbers that share noise, as
 * distances to one reference do, differ by less than that allows for.
 */
export function fall(from: Bounded, to: Bounded): Bounded {
  const value = from.value - to.value;
  return {
    value,
    low: value - Math.hypot(from.value - from.low, to.high - to.value),
    high: value + Math.hypot(from.high - from.value, to.value - to.low),
  };
}

/** Whether a number is above zero, below, or cannot be told from it. */
export function signOf({ low, high }: Bounded): "above" | "below" | "undecided" {
  if (low > 0) return "above";
  return high < 0 ? "below" : "undecided";
}

/** `198.6 (95 % confidence: 95.6 to 301.7)`. */
export function withBounds({ value, low, high }: Bounded, digits: number): string {
  const text = (number: number) => number.toFixed(digits).replace("-", "−");
  return Number.isFinite(low) && Number.isFinite(high)
    ? `${text(value)} (95 % confidence: ${text(low)} to ${text(high)})`
    : `${text(value)} (a single trial: no interval)`;
}
