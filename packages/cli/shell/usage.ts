import { GraphonLimitError, show } from "@graphon-limit/runtime";
import { flagName, type Parse } from "./flags.ts";

/** The command line itself is wrong: exit code 2. */
export class UsageError extends GraphonLimitError {
  override name = "UsageError";
}

/** What no run comes to the end of, or no memory holds: refused before anything is begun. */
export const MOST = {
  /** Cells per axis of a graphon. */
  cells: 4096,
  layers: 1000,
  /** Trials, repetitions, rounds. */
  repeats: 1e6,
  /** Of training. */
  steps: 1e9,
  /** Samples or neurons that are drawn. */
  samples: 2 ** 24,
} as const;

/** A whole number of at least `minimum` and, where that is given, at most `maximum`. */
export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): Parse<number> {
  return (text, flag) => {
    const value = Number(text), isCapped = maximum < Number.MAX_SAFE_INTEGER || value > maximum;
    const range = `at least ${minimum}${isCapped ? ` and at most ${maximum}` : ""}`;
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
      throw new UsageError(`Expected ${flag} to be a whole number of ${range} but found ${show(text)}`);
    }
    return value;
  };
}

/** A finite number for which `permitted` holds. */
export function number(expected: string, permitted: (value: number) => boolean): Parse<number> {
  return (text, flag) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || !permitted(value)) {
      throw new UsageError(`Expected ${flag} to be ${expected} but found ${show(text)}`);
    }
    return value;
  };
}

/** A number above 0. */
export const positive: Parse<number> = number("a positive number", (value) => value > 0);

/** A sparsity: the fraction removed. */
export const sparsity: Parse<number> = number(
  "a number of at least 0 and below 1",
  (value) => value >= 0 && value < 1,
);

/** One of a few words. */
export function oneOf<T extends string>(words: readonly T[]): Parse<T> {
  return (text, flag) => {
    const found = words.find((word) => word === text);
    if (found === undefined) {
      throw new UsageError(`Expected ${flag} to be one of ${words.join(", ")} but found ${show(text)}`);
    }
    return found;
  };
}

/** A list with commas. */
export function listOf<T>(item: Parse<T>, minimum = 1): Parse<T[]> {
  return (text, flag) => {
    const items = text.split(",").map((part) => part.trim());
    if (items.length < minimum || items.some((part) => part === "")) {
      throw new UsageError(
        `Expected ${flag} to be a list of at least ${minimum} with commas but found ${show(text)}`,
      );
    }
    return items.map((part) => item(part, `each of ${flag}`));
  };
}

/** Says which of the flags that go together is missing. */
export function needed<T>(flag: string, value: T | undefined, why: string): T {
  if (value === undefined) throw new UsageError(`Expected ${flag}: ${why}`);
  return value;
}

/** Throws where one of some flags was given that does not go with `form`. */
export function refuse<F extends object>(
  flags: F,
  names: readonly (keyof F & string)[],
  form: string,
): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given !== undefined) throw new UsageError(`Expected ${asGiven(flags, given)} not to go with ${form}`);
}

/** What a flag was on the command line. */
function asGiven<F extends object>(flags: F, name: keyof F & string): string {
  return flags[name] === false ? flagName(name).replace(/^--/, "--no-") : flagName(name);
}

/** Throws where one of some flags was given that goes only with `form`. */
export function onlyWith<F extends object>(
  flags: F,
  names: readonly (keyof F & string)[],
  form: string,
): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given !== undefined) throw new UsageError(`Expected ${asGiven(flags, given)} only with ${form}`);
}
