import { isAbsolute, join } from "node:path";
import { InvalidArgumentError } from "@graphon-limit/runtime";

/**
 * The folder downloads are kept in, by the platform's custom: `$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches` on
 * macOS, `%LOCALAPPDATA%` on Windows; in it, `graphon-limit`. The only place the environment is read.
 *
 * @param environment reads a variable; Deno's, unless given. One that may not be read counts as not set
 * @throws InvalidArgumentError where the environment names no such folder
 */
export function cacheFolder(
  environment: (name: string) => string | undefined = readVariable,
  platform: typeof Deno.build.os = Deno.build.os,
): string {
  const base = absolute(environment("XDG_CACHE_HOME")) ?? platformCache(environment, platform);
  if (base === undefined) {
    throw new InvalidArgumentError(
      "no cache folder for downloads: neither XDG_CACHE_HOME nor a home folder can be read; pass --data-dir",
    );
  }
  return join(base, "graphon-limit");
}

function platformCache(
  environment: (name: string) => string | undefined,
  platform: typeof Deno.build.os,
): string | undefined {
  if (platform === "windows") return absolute(environment("LOCALAPPDATA"));
  const home = absolute(environment("HOME"));
  if (home === undefined) return undefined;
  return platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache");
}

/** The XDG base directory specification has relative paths ignored. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
