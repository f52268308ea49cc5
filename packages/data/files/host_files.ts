import { GraphonLimitError } from "@graphon-limit/runtime";
import { denoFiles } from "./deno_files.ts";
import type { FileSystem } from "./file_system.ts";
import { nodeFiles } from "./node_files.ts";

/** Files are wanted where there are none: in a browser. What is in memory is read and written everywhere. */
export class NoFileSystemError extends GraphonLimitError {
  override name = "NoFileSystemError";
}

/**
 * The host's files. Looked up when something is read or written, never when a module is loaded, so that the package can
 * be imported in a browser.
 *
 * @throws NoFileSystemError where the host has none
 */
export function hostFiles(): FileSystem {
  const files = denoFiles() ?? nodeFiles();
  if (files === undefined) {
    throw new NoFileSystemError(
      "Expected a host with files, Deno or Node, but found neither; the parse… functions need none",
    );
  }
  return files;
}
