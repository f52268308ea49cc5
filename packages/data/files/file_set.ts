import { AtomicFile, putInPlace } from "./atomic_write.ts";

/**
 * Several files of one result. Each is written whole beside its place, and {@linkcode close} puts all of them in their places, in
 * the order in which they were begun, so that a failure before (a full disk, a process that is killed) leaves
 * none of them and everything as it was. What remains: a process that is killed, or a power cut, between two of the renames, of
 * which there are as many as files, milliseconds in all. Some files are new then and others old, each of them whole; running
 * the command again makes all new.
 *
 * ```ts ignore
 * using files = new FileSet();
 * files.write("run.json", JSON.stringify(run));
 * using weights = SafetensorsWriter.create("weights.safetensors", tensors, undefined, files);
 * weights.write("layers.0", values);
 * weights.close();
 * files.close();
 * ```
 */
export class FileSet implements Disposable {
  readonly #files: AtomicFile[] = [];

  /** Begins a file, which is complete once it is closed, and then waits for the others. */
  begin(path: string): AtomicFile {
    const file = new AtomicFile(path, false);
    this.#files.push(file);
    return file;
  }

  /** Adds a whole file: bytes, or text to store as UTF-8. @throws InvalidArgumentError where it cannot be written */
  write = (path: string, content: Uint8Array | string): void => {
    const file = this.begin(path);
    file.write(typeof content === "string" ? new TextEncoder().encode(content) : content);
    file.close();
  };

  /** Puts all files in their places. @throws InvalidArgumentError where one is not complete, or cannot be there */
  close(): void {
    putInPlace(this.#files.splice(0));
  }

  /** Gives up what is not in its place. */
  [Symbol.dispose](): void {
    for (const file of this.#files.splice(0)) file.abort();
  }
}
