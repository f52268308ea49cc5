import { assertCount, InvalidArgumentError, show } from "@graphon-limit/runtime";

/** The learning rate η of a step, counted from 0. */
export type LearningRate = (step: number) => number;

/** The same rate at every step. */
export function constantRate(rate: number): LearningRate {
  assertRate(rate);
  return () => rate;
}

/** `rate` at first, and `factor` times as much after every `every` steps (PyTorch's `StepLR`). */
export function stepRate(
  rate: number,
  { every, factor = 0.1 }: { every: number; factor?: number },
): LearningRate {
  assertRate(rate);
  assertRate(factor, "the factor");
  assertCount("the steps between two rates", every, 1);
  return (step) => rate * factor ** Math.floor(step / every);
}

/**
 * Half a cosine from `rate` at step 0 to `last` at step `steps`, and `last` from there on (Loshchilov and Hutter 2017,
 * equation 5, without restarts): `last + (rate − last) (1 + cos(π step / steps)) / 2`.
 */
export function cosineRate(
  rate: number,
  { steps, last = 0 }: { steps: number; last?: number },
): LearningRate {
  assertRate(rate);
  assertRate(last, "the last learning rate");
  assertCount("the cosine's steps", steps, 1);
  return (step) => last + (rate - last) * (1 + Math.cos(Math.PI * Math.min(step / steps, 1))) / 2;
}

/** A schedule whose first `steps` steps are scaled by 1/steps, 2/steps, … 1 (Goyal et al. 2017, §2.2, linear warm-up). */
export function warmUp(schedule: LearningRate, steps: number): LearningRate {
  assertCount("the warm-up's steps", steps);
  return (step) => schedule(step) * (step < steps ? (step + 1) / steps : 1);
}

/** Throws unless `rate` is a finite number of at least 0. */
export function assertRate(rate: number, what = "the learning rate"): void {
  if (!(rate >= 0 && rate < Infinity)) {
    throw new InvalidArgumentError(`Expected ${what} to be at least 0 but found ${show(rate)}`);
  }
}
