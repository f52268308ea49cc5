import { GraphonLimitError, show } from "@graphon-limit/runtime";

/** The command line itself is wrong: exit code 2. */
export class UsageError extends GraphonLimitError {
  override name = "UsageError";
}

/** A parser for a flag that takes a whole number of at least `minimum`. */
export function wholeNumber(flag: string, minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < minimum) {
      throw new UsageError(
        `Expected ${flag} to be a whole number of at least ${minimum} but found ${show(text)}`,
      );
    }
    return value;
  };
}

/** A parser for a flag that takes a finite number for which `permitted` holds. */
export function number(
  flag: string,
  expected: string,
  permitted: (value: number) => boolean,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || !permitted(value)) {
      throw new UsageError(`Expected ${flag} to be ${expected} but found ${show(text)}`);
    }
    return value;
  };
}

/** A parser for `--sparsity`: the fraction removed. */
export const sparsity: (text: string) => number = number(
  "--sparsity",
  "a number of at least 0 and below 1",
  (value) => value >= 0 && value < 1,
);

/** A parser for a flag that takes one of a few words. */
export function oneOf<T extends string>(flag: string, words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found === undefined) {
      throw new UsageError(`Expected ${flag} to be one of ${words.join(", ")} but found ${show(text)}`);
    }
    return found;
  };
}

/** A parser for a flag that takes a list with commas, each item parsed by `item`. */
export function listOf<T>(flag: string, item: (text: string) => T, minimum = 1): (text: string) => T[] {
  return (text) => {
    const items = text.split(",").map((part) => part.trim());
    if (items.length < minimum || items.some((part) => part === "")) {
      throw new UsageError(
        `Expected ${flag} to be a list of at least ${minimum} with commas but found ${show(text)}`,
      );
    }
    return items.map(item);
  };
}

/** Says which of the flags that go together is missing. */
export function required<T>(flag: string, value: T | undefined, why: string): T {
  if (value === undefined) throw new UsageError(`Expected ${flag}: ${why}`);
  return value;
}
