import { GraphonLimitError } from "@graphon-limit/runtime";
import { fileFault } from "../messages/faults.ts";
import { hostFiles } from "./host_files.ts";
import { cannotWrite } from "./io_error.ts";
import { type Target, targetOf } from "./target.ts";
import { createTemporary, type TemporaryFile } from "./temporary.ts";
import { writeWatcher } from "./unfinished.ts";

/** Files that are not in their places yet. */
const unfinished = new Set<AtomicFile>();

/**
 * A file that appears under its name only when it is complete. Bytes go to a temporary file in the same folder;
 * {@linkcode close} renames it over the target, anything else ({@linkcode abort}, a failed write, leaving the scope of
 * a `using`) removes it and leaves the target as it was. Readers therefore never see half a file; surviving a power cut
 * is not promised. A file that is replaced keeps its permissions; a link stays one, and what it leads to is replaced.
 */
export class AtomicFile implements Disposable {
  /** The path the caller asked for. */
  readonly path: string;
  readonly #target: Target;
  readonly #temporary: TemporaryFile;
  readonly #placed: boolean;
  #position = 0;
  #state: "open" | "complete" | "placed" | "over" = "open";

  /**
   * Use {@linkcode openAtomicFile}.
   *
   * @param placed whether {@linkcode close} puts the file in its place; otherwise {@linkcode putInPlace} does
   */
  constructor(path: string, placed = true) {
    this.path = path;
    this.#placed = placed;
    const files = hostFiles();
    try {
      this.#target = targetOf(files, path);
      const folder = files.path.dirname(this.#target.path);
      files.makeFolder(folder);
      this.#temporary = createTemporary(files, folder, this.#target.mode);
    } catch (error) {
      throw error instanceof GraphonLimitError ? error : cannotWrite(path, error);
    }
    unfinished.add(this);
    const { mode } = this.#target;
    // What a file is created with lacks what the user's mask takes away.
    if (mode !== undefined) this.#attempt(() => files.setMode(this.#temporary.path, mode));
  }

  /** Appends `bytes` after what was written last. */
  write(bytes: Uint8Array): void {
    this.writeAt(this.#position, bytes);
  }

  /** Writes `bytes` at a byte offset; the next {@linkcode write} goes on after them. */
  writeAt(offset: number, bytes: Uint8Array): void {
    if (this.#state !== "open") {
      throw fileFault(this.path, "a file that is open", "that it is closed already");
    }
    this.#attempt(() => {
      for (let done = 0; done < bytes.length;) {
        done += this.#temporary.file.writeAt(offset + done, bytes.subarray(done));
      }
      this.#position = offset + bytes.length;
    });
  }

  /** Nothing more is to be written. Puts the file in its place, unless it is one of several that are put there together. */
  close(): void {
    if (this.#state !== "open") {
      throw fileFault(this.path, "a file that is open", "that it is closed already");
    }
    this.#state = "complete";
    if (this.#placed) putInPlace([this]);
  }

  /** Gives up: removes the temporary file, leaves the target as it was. Does nothing once the file is in its place. */
  abort(): void {
    if (this.#state === "placed" || this.#state === "over") return;
    this.#state = "over";
    unfinished.delete(this);
    this.#temporary.discard();
  }

  /** The same as {@linkcode abort}, unless closed: a scope left without `close` has failed. */
  [Symbol.dispose](): void {
    if (this.#state === "open") this.abort();
  }

  /** Throws unless the file can be put in its place. */
  assertReady(): void {
    if (this.#state !== "complete") throw fileFault(this.path, "a file that is complete", "that it is not");
    // A folder may have come there since.
    this.#attempt(() => void targetOf(hostFiles(), this.path));
  }

  /** Puts the file in its place, and nothing more: the next one is not to be kept waiting. */
  place(): void {
    this.#attempt(() => this.#temporary.moveTo(this.#target.path));
    this.#state = "placed";
  }

  /** Ends what is left of a file that is in its place. */
  settle(): void {
    if (this.#state !== "placed") return;
    unfinished.delete(this);
    this.#attempt(() => this.#temporary.settle());
    this.#state = "over";
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.abort();
      throw error instanceof GraphonLimitError ? error : cannotWrite(this.path, error);
    }
  }
}

/**
 * Puts complete files in their places, one right after another. Where one cannot be, those that are not in place yet are removed;
 * what was found out before the first is there leaves all targets as they were.
 */
export function putInPlace(files: readonly AtomicFile[]): void {
  try {
    for (const file of files) file.assertReady();
    writeWatcher().placing(() => {
      try {
        for (const file of files) file.place();
      } finally {
        for (const file of files) file.settle();
      }
    });
  } finally {
    for (const file of files) file.abort();
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
