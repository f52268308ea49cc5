import { dirname, resolve } from "node:path";
import { assertWritable, assertWritableFolder } from "@graphon-limit/data";
import { exists, removeFolder } from "../host.ts";

let told: (folders: readonly string[]) => void = () => {};

/** Has one be told of the folders that are made for results, the innermost first; nobody, without an argument. */
export function watchFolders(tell: (folders: readonly string[]) => void = () => {}): void {
  told = tell;
}

/**
 * Makes a folder for results, before the work that fills it: a run must not end by finding it cannot write. What killed runs left
 * there is removed. Disposing of what is returned removes the folders made here that are still empty, as those of
 * a failed run are.
 */
export function prepareFolder(path: string): Disposable {
  return prepare(path, () => assertWritableFolder(path));
}

/** {@linkcode prepareFolder} for a file's folder; what stands where the file is to be must be a file, or lead to one. */
export function prepareFile(path: string): Disposable {
  return prepare(dirname(path), () => assertWritable(path));
}

function prepare(folder: string, make: () => void): Disposable {
  const made = missingFolders(folder);
  told(made);
  try {
    make();
  } catch (error) {
    removeEmpty(made);
    throw error;
  }
  return { [Symbol.dispose]: () => removeEmpty(made) };
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
