import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import type { Limit } from "./limit.ts";

const limits = new Map<string, Limit>();

/** The limits that are known, by their methods' names, in the order in which they registered. */
export const LIMITS: ReadonlyMap<string, Limit> = limits;

/**
 * Makes the limit of a method known, to whoever asks for it by the method's name.
 *
 * @returns the limit
 * @throws {InvalidArgumentError} if the method has one already
 */
export function registerLimit(limit: Limit): Limit {
  const { name } = limit.method;
  if (limits.has(name)) {
    throw new InvalidArgumentError(`Expected one limit of each method but found two of ${show(name)}`);
  }
  limits.set(name, limit);
  return limit;
}

/** The limit of the method of that name. @throws {InvalidArgumentError} if none is known */
export function limitNamed(name: string): Limit {
  const limit = limits.get(name);
  if (limit) return limit;
  throw new InvalidArgumentError(
    `Expected a method of ${[...limits.keys()].join(", ")} but found ${show(name)}`,
  );
}
