import { GraphonLimitError } from "@graphon-limit/runtime";
import { denoFiles } from "./deno_files.ts";
import type { FileSystem } from "./file_system.ts";
import { givenFiles } from "./given_files.ts";
import { nodeFiles } from "./node_files.ts";

/** Files are wanted where there are none: in a browser that was given none. What is in memory is read and written everywhere. */
export class NoFileSystemError extends GraphonLimitError {
  override name = "NoFileSystemError";
}

/**
 * The host's files; in a worker of a browser, those that were given by `giveFiles`. Looked up when something is read or written, never
 * when a module is loaded, so that the package can be imported in a browser.
 *
 * @throws NoFileSystemError where the host has none
 */
export function hostFiles(): FileSystem {
  const files = denoFiles() ?? nodeFiles() ?? givenFiles();
  if (files === undefined) {
    throw new NoFileSystemError(
      "Expected a host with files, Deno or Node, or files by giveFiles but found none; the parse… functions need none",
    );
  }
  return files;
}
