import { dirname, resolve } from "node:path";
import { InvalidArgumentError } from "@graphon-limit/runtime";

/**
 * Makes a folder for results, before the work that fills it: a run must not end by finding it cannot write. Disposing of
 * what is returned removes the folders made here that are still empty, as those of a failed run are.
 */
export function prepareFolder(path: string): Disposable {
  const made = missingFolders(path);
  try {
    Deno.mkdirSync(path, { recursive: true });
    const probe = Deno.makeTempFileSync({ dir: path, prefix: ".write-", suffix: ".tmp" });
    Deno.removeSync(probe);
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

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    // What keeps it from being seen will be said when the folder above is prepared.
    return false;
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    // Whatever else keeps it from being seen, it is not for us to make and to remove.
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** Removes folders as long as they are empty. */
function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders) {
    try {
      Deno.removeSync(folder);
    } catch {
      return;
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AlreadyExists) return "it is not a folder";
  const reason = error instanceof Error ? error.message.replace(/ \(os error.*/, "") : String(error);
  return reason === "" ? "unknown reason" : reason[0].toLowerCase() + reason.slice(1);
}
