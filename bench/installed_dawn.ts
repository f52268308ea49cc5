import { pathToFileURL } from "node:url";
import { DAWN_PACKAGE } from "../packages/cli/shell/native_libraries.ts";

/** Where the task `cli:dawn` installs Dawn's package. */
const INSTALLED = "dawn/node_modules/webgpu/index.js";

/** Deno packed for a machine without a network, with a cache of every module of the project: Dawn's is among them. */
const PACKED = ".offline/deno";

/** The module of Dawn's package; undefined where it is not installed. */
export function installedDawn(): string | undefined {
  const installed = realPath(INSTALLED);
  if (installed !== undefined) return pathToFileURL(installed).href;
  return realPath(PACKED) === undefined ? undefined : "npm:" + DAWN_PACKAGE;
}

function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
