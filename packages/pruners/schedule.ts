import { InvalidArgumentError, show } from "@graphon-limit/runtime";

/** How the kept fraction falls over the rounds (docs/mathematics.md §2). */
export type Schedule = "exponential" | "linear";

/** The schedules there are. */
export const SCHEDULES: readonly Schedule[] = ["exponential", "linear"];

/**
 * The kept fraction after each of `rounds` rounds, from 1 − s·(1/T) or (1 − s)^(1/T) to exactly 1 − s.
 *
 * @param sparsity the fraction removed in the end, in [0, 1)
 */
export function keptFractions(sparsity: number, rounds: number, schedule: Schedule): number[] {
  assertSparsity(sparsity);
  return fractionsOver(rounds, schedule, 1 - sparsity, sparsity);
}

/** The same by the fraction that is kept in the end, in [0, 1]. */
export function keptFractionsTo(kept: number, rounds: number, schedule: Schedule): number[] {
  return fractionsOver(rounds, schedule, kept, 1 - kept);
}

/** `kept` and `removed` add up to 1; each is taken as it was given, since 1 − (1 − s) is not s in floating point. */
function fractionsOver(rounds: number, schedule: Schedule, kept: number, removed: number): number[] {
  if (!SCHEDULES.includes(schedule)) {
    throw new InvalidArgumentError(
      `Expected a schedule of ${SCHEDULES.join(", ")} but found ${show(schedule)}`,
    );
  }
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new InvalidArgumentError(`Expected rounds to be a whole number of at least 1 but found ${rounds}`);
  }
  return Array.from({ length: rounds }, (_, index) => {
    const progress = (index + 1) / rounds;
    return schedule === "exponential" ? kept ** progress : 1 - removed * progress;
  });
}

/** How many of `count` scores go when the fraction `sparsity` is to be removed: `⌊s·N⌋`. */
export function removedCount(sparsity: number, count: number): number {
  return Math.floor(sparsity * count);
}

/** Throws unless `sparsity` is in [0, 1). */
export function assertSparsity(sparsity: number): void {
  if (!(sparsity >= 0 && sparsity < 1)) {
    throw new InvalidArgumentError(
      `Expected the sparsity to be at least 0 and below 1 but found ${sparsity}`,
    );
  }
}
