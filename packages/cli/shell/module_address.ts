import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** The address of a module the user names by a path, for `import()`. */
export function moduleAddress(path: string): string {
  return /^(https?|file):/.test(path) ? path : pathToFileURL(resolve(path)).href;
}
