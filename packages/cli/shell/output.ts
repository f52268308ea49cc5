import { dirname, resolve } from "node:path";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { codeOf, exists, isFolder, makeWritable, removeFolder } from "../host.ts";

/**
 * Makes a folder for results, before the work that fills it: a run must not end by finding it cannot write. Disposing of
 * what is returned removes the folders made here that are still empty, as those of a failed run are.
 */
export function prepareFolder(path: string): Disposable {
  const made = missingFolders(path);
  try {
    makeWritable(path);
  } catch (error) {
    removeEmpty(made);
    throw new InvalidArgumentError(`cannot write into ${path}: ${reasonOf(error)}`);
  }
  return { [Symbol.dispose]: () => removeEmpty(made) };
}

/** {@linkcode prepareFolder} for a file's folder; where the file is to be there must be no folder. */
export function prepareFile(path: string): Disposable {
  if (isFolder(path)) throw new InvalidArgumentError(`cannot write ${path}: it is a directory`);
  return prepareFolder(dirname(path));
}

/** The folder and those above it that are not there yet, the innermost first. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = resolve(path); !exists(folder); folder = dirname(folder)) missing.push(folder);
  return missing;
}

/** Removes folders as long as they are empty. */
function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      removeFolder(folder);
    } catch {
      return;
    }
  }
}

function reasonOf(error: unknown): string {
  if (codeOf(error) === "EEXIST" || codeOf(error) === "ENOTDIR") return "it is not a folder";
  const message = error instanceof Error ? error.message : String(error);
  // `EACCES: permission denied, mkdir '/a'`, as both hosts have it.
  const reason = /^E[A-Z0-9]+: ([^,]+), /.exec(message)?.[1] ?? message;
  return reason === "" ? "unknown reason" : reason[0].toLowerCase() + reason.slice(1);
}
