import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import { type Method, methodFromExport } from "./method.ts";

const methods = new Map<string, Method>();

/** The methods there are, by name, in the order in which they registered: that in which figures and tables list them. */
export const METHODS: ReadonlyMap<string, Method> = methods;

/**
 * Makes a method known by its name, to the command line, to studies and figures.
 *
 * @returns the method
 * @throws {InvalidArgumentError} if there is another of that name
 */
export function register(method: Method): Method {
  if (methods.has(method.name)) {
    throw new InvalidArgumentError(`Expected a method of a new name but found ${show(method.name)} twice`);
  }
  methods.set(method.name, method);
  return method;
}

/** The method of that name. @throws {InvalidArgumentError} if there is none */
export function methodNamed(name: string): Method {
  const method = methods.get(name);
  if (method) return method;
  throw new InvalidArgumentError(
    `Expected a method of ${[...methods.keys()].join(", ")} but found ${show(name)}`,
  );
}

/**
 * The method of that name, or the one that a module exports by default where `method` is a path or address of a module
 * (it ends in `.ts`, `.js` or `.mjs`).
 *
 * @param resolve turns a path into an address that `import()` takes; without it only names are accepted
 */
export async function findMethod(method: string, resolve?: (path: string) => string): Promise<Method> {
  const known = methods.get(method);
  if (known) return known;
  if (!resolve || !/\.(ts|js|mjs)$/.test(method)) {
    throw new InvalidArgumentError(
      `Expected a method of ${[...methods.keys()].join(", ")} or a module such as ./my_pruner.ts but found ${
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
  return methodFromExport(module.default, method);
}
