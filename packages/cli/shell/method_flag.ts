import {
  erk,
  findMethod,
  magnitude,
  type Method,
  METHODS,
  random,
  type Scope,
  uniform,
} from "@graphon-limit/pruners";
import { GraphonLimitError, InvalidArgumentError, show } from "@graphon-limit/runtime";
import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { moduleAddress } from "./module_address.ts";
import type { Parse } from "./flags.ts";
import { UsageError } from "./usage.ts";

/** The methods' names, as messages list them. */
export const METHOD_NAMES: string = [...METHODS.keys()].join(", ");

/** What messages say of the methods that need no signals to run. */
export const LOOKED_AT_ALONE = `${
  [random, magnitude, uniform, erk].map(({ name }) => name).join(", ")
} look at each weight alone and need no signals`;

/** A parser for a method: a name, or the path or address of a module. */
export const methodName: Parse<string> = (text, flag) => {
  if (METHODS.has(text) || /\.(ts|js|mjs)$/.test(text)) return text;
  throw new UsageError(
    `Expected ${flag} to be one of ${METHOD_NAMES} or a module such as ./my_pruner.ts but found ${
      show(text)
    }`,
  );
};

/** The method of that name. What one of the user's own throws is said to be the module's fault, in one line. */
export async function openMethod(name: string): Promise<Method> {
  const method = await findMethod(name, moduleAddress);
  if (METHODS.has(name)) return method;
  const guarded = <A extends unknown[], R>(use: ((...given: A) => R | Promise<R>) | undefined) =>
    use && (async (...given: A): Promise<R> => {
      try {
        return await use(...given);
      } catch (error) {
        if (error instanceof GraphonLimitError) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new InvalidArgumentError(`The pruner ${show(name)} failed: ${reason}`);
      }
    });
  const score = guarded(method.score), construct = guarded(method.construct);
  return { ...method, ...(score ? { score } : {}), ...(construct ? { construct } : {}) };
}

/** Throws where a method is asked to prune as it does not: by layers, though it says itself what each keeps, or in rounds that it has not. */
export function assertTakes(
  { name, quota, construct }: Method,
  { scope, rounds }: { readonly scope: Scope; readonly rounds?: number | null | undefined },
): void {
  if (quota && scope !== "global") {
    throw new UsageError(
      `Expected --scope global with ${name}, which says itself how many weights each layer keeps, but found ${scope}`,
    );
  }
  if (construct && (rounds ?? 1) !== 1) {
    throw new UsageError(
      `Expected --rounds 1 with ${name}, which constructs its masks, or none, but found ${rounds}`,
    );
  }
}

/**
 * SHA-256 of a module and of the files that it imports by relative paths, by which results of one of the user's own methods are
 * known again; of the address alone where it is no file.
 */
export async function moduleDigest(name: string): Promise<string> {
  const main = moduleAddress(name), hash = createHash("sha256"), seen = new Set<string>(), waiting = [main];
  for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
    if (seen.has(address)) continue;
    seen.add(address);
    // Where the folder lies is nothing to what the module computes.
    hash.update(main.startsWith("file:") ? posix.relative(posix.dirname(main), address) : address);
    if (!address.startsWith("file:")) continue;
    const source = await readFile(fileURLToPath(address), "utf8");
    hash.update(source);
    const imports = source.matchAll(/\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g);
    for (const [, path] of imports) waiting.push(new URL(path, address).href);
  }
  return hash.digest("hex");
}
