import { argumentFault } from "../messages/faults.ts";
import type { FileSystem } from "./file_system.ts";
import { hostFiles } from "./host_files.ts";

/**
 * The folder downloads are kept in, by the platform's custom: `$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches` on
 * macOS, `%LOCALAPPDATA%` on Windows; in it, `graphon-limit`. The only place the environment is read.
 *
 * @param environment reads a variable; the host's, unless given. One that may not be read counts as not set
 * @param platform `linux`, `darwin`, `windows`, …; the host's, unless given
 * @throws InvalidArgumentError where the environment names no such folder
 * @throws NoFileSystemError in a browser
 */
export function cacheFolder(
  environment: (name: string) => string | undefined = hostFiles().environment,
  platform = hostFiles().platform,
): string {
  const files = hostFiles();
  const base = absolute(files, environment("XDG_CACHE_HOME")) ?? platformCache(files, environment, platform);
  if (base === undefined) {
    throw argumentFault(
      "XDG_CACHE_HOME or a home folder to keep downloads in (or --data-dir)",
      "neither that can be read",
    );
  }
  return files.path.join(base, "graphon-limit");
}

function platformCache(
  files: FileSystem,
  environment: (name: string) => string | undefined,
  platform: string,
): string | undefined {
  const { join } = files.path;
  if (platform === "windows") return absolute(files, environment("LOCALAPPDATA"));
  const home = absolute(files, environment("HOME"));
  if (home === undefined) return undefined;
  return platform === "darwin" ? join(home, "Library", "Caches") : join(home, ".cache");
}

/** The XDG base directory specification has relative paths ignored. */
function absolute(files: FileSystem, path: string | undefined): string | undefined {
  return path !== undefined && files.path.isAbsolute(path) ? path : undefined;
}
