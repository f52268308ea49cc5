import { basename, dirname, join } from "node:path";
import { InvalidArgumentError } from "@graphon-limit/runtime";
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
  readonly #file: Deno.FsFile;
  #position = 0;
  #open = true;

  /** Use {@linkcode openAtomicFile}. */
  constructor(path: string) {
    this.path = path;
    try {
      this.#target = writableTarget(path);
      Deno.mkdirSync(dirname(this.#target), { recursive: true });
      [this.#temporary, this.#file] = createBeside(this.#target);
    } catch (error) {
      throw error instanceof InvalidArgumentError ? error : cannotWrite(path, error);
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
      if (offset !== this.#position) this.#file.seekSync(offset, Deno.SeekMode.Start);
      for (let done = 0; done < bytes.length;) done += this.#file.writeSync(bytes.subarray(done));
      this.#position = offset + bytes.length;
    });
  }

  /** Puts the finished file in its place. */
  close(): void {
    this.#attempt(() => {
      this.#file.close();
      Deno.renameSync(this.#temporary, this.#target);
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
    ignoringErrors(() => Deno.removeSync(this.#temporary));
  }

  /** The same as {@linkcode abort}: a scope left without `close` has failed. */
  [Symbol.dispose](): void {
    this.abort();
  }

  #attempt(action: () => void): void {
    if (!this.#open) throw new InvalidArgumentError(`cannot write ${this.path}: the file is already closed`);
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
 * @throws InvalidArgumentError one line that names the path and why it cannot be written
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
function writableTarget(path: string): string {
  try {
    const { isDirectory, isFile } = Deno.statSync(path);
    if (isDirectory) throw new InvalidArgumentError(`cannot write ${path}: it is a directory`);
    if (!isFile) throw new InvalidArgumentError(`cannot write ${path}: it is not a regular file`);
    return Deno.realPathSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return path;
    throw error;
  }
}

/** Creates a file of a fresh name in the folder of `target`. */
function createBeside(target: string): [path: string, file: Deno.FsFile] {
  for (let attempt = 0;; attempt++) {
    const path = join(dirname(target), `.${basename(target)}.${Deno.pid}-${attempt}.tmp`);
    try {
      return [path, Deno.openSync(path, { write: true, createNew: true })];
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists) || attempt === 1000) throw error;
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
