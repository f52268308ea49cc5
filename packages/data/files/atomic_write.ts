import { GraphonLimitError } from "@graphon-limit/runtime";
import { fileFault } from "../messages/faults.ts";
import type { FileSystem, OpenFile } from "./file_system.ts";
import { hostFiles } from "./host_files.ts";
import { cannotWrite } from "./io_error.ts";

const unfinished = new Set<AtomicFile>();
let observer: ((pending: boolean) => void) | undefined;

/**
 * Calls `observe` with true when a file begins to be unfinished while no other is, and with false when the last one no
 * longer is: for a program that handles signals only while there is something to clean up. One observer at a time;
 * undefined ends it.
 */
export function observeUnfinishedWrites(observe: ((pending: boolean) => void) | undefined): void {
  observer = observe;
}

function enter(file: AtomicFile): void {
  if (unfinished.add(file).size === 1) observer?.(true);
}

function leave(file: AtomicFile): void {
  if (unfinished.delete(file) && unfinished.size === 0) observer?.(false);
}

/**
 * A file that appears under its name only when it is complete. Bytes go to a temporary file in the same folder;
 * {@linkcode close} renames it over the target, anything else ({@linkcode abort}, a failed write, leaving the scope of
 * a `using`) removes it and leaves the target as it was. Readers therefore never see half a file; surviving a power cut
 * is not promised.
 */
export class AtomicFile implements Disposable {
  /** The path the caller asked for. */
  readonly path: string;
  readonly #target: string;
  readonly #temporary: string;
  readonly #files: FileSystem;
  readonly #file: OpenFile;
  #position = 0;
  #open = true;

  /** Use {@linkcode openAtomicFile}. */
  constructor(path: string) {
    this.path = path;
    this.#files = hostFiles();
    try {
      this.#target = writableTarget(this.#files, path);
      this.#files.makeFolder(this.#files.path.dirname(this.#target));
      [this.#temporary, this.#file] = createBeside(this.#files, this.#target);
    } catch (error) {
      throw error instanceof GraphonLimitError ? error : cannotWrite(path, error);
    }
    enter(this);
  }

  /** Appends `bytes` after what was written last. */
  write(bytes: Uint8Array): void {
    this.writeAt(this.#position, bytes);
  }

  /** Writes `bytes` at a byte offset; the next {@linkcode write} goes on after them. */
  writeAt(offset: number, bytes: Uint8Array): void {
    this.#attempt(() => {
      for (let done = 0; done < bytes.length;) {
        done += this.#file.writeAt(offset + done, bytes.subarray(done));
      }
      this.#position = offset + bytes.length;
    });
  }

  /** Puts the finished file in its place. */
  close(): void {
    this.#attempt(() => {
      this.#file.close();
      this.#files.rename(this.#temporary, this.#target);
    });
    this.#open = false;
    leave(this);
  }

  /** Gives up: removes the temporary file, leaves the target as it was. Does nothing after `close` or `abort`. */
  abort(): void {
    if (!this.#open) return;
    this.#open = false;
    leave(this);
    ignoringErrors(() => this.#file.close());
    ignoringErrors(() => this.#files.remove(this.#temporary));
  }

  /** The same as {@linkcode abort}: a scope left without `close` has failed. */
  [Symbol.dispose](): void {
    this.abort();
  }

  #attempt(action: () => void): void {
    if (!this.#open) throw fileFault(this.path, "a file that is open", "that it is closed already");
    try {
      action();
    } catch (error) {
      this.abort();
      throw cannotWrite(this.path, error);
    }
  }
}

/** Opens `path` for {@linkcode AtomicFile} writing, creating its folder if there is none. */
export function openAtomicFile(path: string): AtomicFile {
  return new AtomicFile(path);
}

/**
 * Writes a whole file, or nothing: a reader sees the old content or the new, never a part.
 *
 * @param path the file to create or replace; its folder is created if there is none
 * @param content bytes, or text to store as UTF-8
 * @throws InvalidArgumentError naming the path and why it cannot be written
 * @throws NoFileSystemError in a browser
 */
export function writeFileAtomically(path: string, content: Uint8Array | string): void {
  using file = openAtomicFile(path);
  file.write(typeof content === "string" ? new TextEncoder().encode(content) : content);
  file.close();
}

/** Aborts every {@linkcode AtomicFile} still open. For a program's signal handler, which no `using` scope survives. */
export function abortUnfinishedWrites(): void {
  for (const file of [...unfinished]) file.abort();
}

/**
 * The file a rename should replace. A link is followed, since replacing the link itself would surprise; what is no
 * regular file (a folder, a device) is refused, since a rename would remove it. Where reading is not permitted neither
 * can be asked, and the path is taken as it is.
 */
function writableTarget(files: FileSystem, path: string): string {
  try {
    const kind = files.kindOf(path);
    if (kind === "folder") throw cannotWrite(path, "a directory");
    if (kind === "other") throw cannotWrite(path, "what is no regular file");
    return files.realPath(path);
  } catch (error) {
    if (files.isAbsence(error) || files.isRefusal(error)) return path;
    throw error;
  }
}

/** Creates a file of a fresh name in the folder of `target`. */
function createBeside(files: FileSystem, target: string): [path: string, file: OpenFile] {
  const { join, dirname, basename } = files.path;
  for (let attempt = 0;; attempt++) {
    const path = join(dirname(target), `.${basename(target)}.${files.processId}-${attempt}.tmp`);
    try {
      return [path, files.createNew(path)];
    } catch (error) {
      if (!files.isPresence(error) || attempt === 1000) throw error;
    }
  }
}

function ignoringErrors(action: () => void): void {
  try {
    action();
  } catch {
    // What is being cleaned up after has its own error, which must not be replaced by this one.
  }
}
