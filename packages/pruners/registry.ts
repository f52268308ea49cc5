import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import { grasp } from "./grasp.ts";
import { magnitude } from "./magnitude.ts";
import { type Pruner, prunerFromExport } from "./pruner.ts";
import { random } from "./random.ts";
import { snip } from "./snip.ts";
import { synflow } from "./synflow.ts";

/** The pruners that come with the library, by name. */
export const PRUNERS: Readonly<Record<string, Pruner>> = { random, magnitude, snip, grasp, synflow };

/**
 * The pruner of that name, or the one that a module exports by default where `method` is a path or address of a module
 * (it ends in `.ts`, `.js` or `.mjs`).
 *
 * @param resolve turns a path into an address that `import()` takes; without it only names are accepted
 */
export async function findPruner(method: string, resolve?: (path: string) => string): Promise<Pruner> {
  if (Object.hasOwn(PRUNERS, method)) return PRUNERS[method];
  if (!resolve || !/\.(ts|js|mjs)$/.test(method)) {
    throw new InvalidArgumentError(
      `Expected a method of ${Object.keys(PRUNERS).join(", ")} or a module such as ./my_pruner.ts but found ${
        show(method)
      }`,
    );
  }
  let module: { default?: unknown };
  try {
    module = await import(resolve(method));
  } catch (error) {
    const message = error instanceof Error ? error.message.split("\n")[0] : String(error);
    // Deno adds where in its own sources an import began, where something called it that it can name.
    const reason = message.replace(/\s+at (?:ext|file|https?):\S+:\d+:\d+$/, "");
    throw new InvalidArgumentError(`Cannot load the pruner ${show(method)}: ${reason}`);
  }
  return prunerFromExport(module.default, method);
}
