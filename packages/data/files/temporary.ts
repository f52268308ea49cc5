import type { FileSystem, OpenFile } from "./file_system.ts";
import { hostFiles } from "./host_files.ts";
import { writeWatcher } from "./unfinished.ts";

/**
 * The rule of temporary files. A file in the making is called `.graphon-limit-<process>-<start>-<number>.tmp`, beside the file that
 * it is to be, and its writer holds a lock on it that ends with the process, however that ends. One that nobody holds a
 * lock on is a killed run's: the next run that writes into the folder removes it. Where files cannot be locked, as on Node, they
 * are called `.part` and nobody's to remove.
 */
const ABANDONABLE = /^\.graphon-limit-\d+-[0-9a-z]+-\d+\.tmp$/;

/** Tells this process's files from those of an earlier one of its number. */
const START = Math.round(performance.timeOrigin).toString(36);

/** Names that are tried before it is said that there is none. */
const ATTEMPTS = 1000;

let created = 0;

/** Folders that this process has looked through. */
const tidied = new Set<string>();

/** A file in the making. */
export class TemporaryFile {
  constructor(readonly path: string, readonly file: OpenFile, readonly files: FileSystem) {}

  /** Puts it in the place of another file, or where none is. */
  moveTo(path: string): void {
    // Windows moves no file that is open; elsewhere it is locked until it is in its place.
    if (this.#closesFirst) this.file.close();
    this.files.rename(this.path, path);
  }

  /** It is in its place. */
  settle(): void {
    writeWatcher().ended(this.path);
    if (!this.#closesFirst) this.file.close();
  }

  get #closesFirst(): boolean {
    return this.files.platform === "windows";
  }

  /** Removes it, as far as that can be done. */
  discard(): void {
    ignoringErrors(() => this.file.close());
    ignoringErrors(() => this.files.remove(this.path));
    writeWatcher().ended(this.path);
  }
}

/** Creates a file of a fresh name in a folder, locked, for the reader and writer that `mode` says. */
export function createTemporary(files: FileSystem, folder: string, mode?: number): TemporaryFile {
  if (!tidied.has(folder)) removeAbandoned(folder);
  for (let attempt = 0;; attempt++) {
    const name = `.graphon-limit-${files.processId}-${START}-${created++}.${files.locks ? "tmp" : "part"}`;
    const path = files.path.join(folder, name);
    writeWatcher().begun(path);
    try {
      const temporary = new TemporaryFile(path, files.createNew(path, mode), files);
      // Another process may come between the two, take it for abandoned, and remove it.
      if (temporary.file.lock() && isThere(files, path)) return temporary;
      temporary.discard();
    } catch (error) {
      writeWatcher().ended(path);
      if (!files.isPresence(error)) throw error;
    }
    if (attempt === ATTEMPTS) throw new Error(`no file of a new name after ${ATTEMPTS} attempts`);
  }
}

function isThere(files: FileSystem, path: string): boolean {
  try {
    files.kindOf(path);
    return true;
  } catch (error) {
    return !files.isAbsence(error);
  }
}

/**
 * Removes temporary files that runs left in a folder when they were killed; none of a process that lives. What cannot be seen or
 * removed stays.
 *
 * @returns how many there were
 */
export function removeAbandoned(folder: string): number {
  const files = hostFiles();
  tidied.add(folder);
  let removed = 0;
  ignoringErrors(() => {
    for (const name of files.list(folder)) {
      if (!ABANDONABLE.test(name)) continue;
      const path = files.path.join(folder, name);
      ignoringErrors(() => {
        // What is no regular file could be a pipe, on which opening would wait.
        if (files.kindOf(path) === "file" && files.removeUnlocked(path)) removed++;
      });
    }
  });
  return removed;
}

/** For what cleans up after something else, whose own error must not be replaced. */
export function ignoringErrors(action: () => void): void {
  try {
    action();
  } catch {
    return;
  }
}
