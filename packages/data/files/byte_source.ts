import { formatFault } from "../messages/faults.ts";
import type { OpenFile } from "./file_system.ts";
import { hostFiles } from "./host_files.ts";
import { cannotRead } from "./io_error.ts";

/** Bytes that can be read at any offset: a file, or memory. */
export interface ByteSource extends Disposable {
  /** What error messages call it. */
  readonly label: string;
  /** Its size in bytes. */
  readonly size: number;
  /** Fills `into` with the bytes from `offset` on. @throws FormatError where that goes past `size` */
  readAt(offset: number, into: Uint8Array): void;
}

/** Bytes in memory. */
export function memoryBytes(bytes: Uint8Array, label: string): ByteSource {
  return {
    label,
    size: bytes.length,
    readAt(offset, into) {
      const end = offset + into.length;
      if (!(offset >= 0 && end <= bytes.length)) {
        throw formatFault(label, `${bytes.length} bytes, as it has,`, `bytes ${offset} to ${end} read`);
      }
      into.set(bytes.subarray(offset, end));
    },
    [Symbol.dispose]: () => {},
  };
}

/**
 * Opens a file to be read at any offset.
 *
 * @throws InvalidArgumentError where it cannot be read
 * @throws NoFileSystemError in a browser
 */
export function openBytes(path: string): ByteSource {
  const files = hostFiles();
  let file: OpenFile | undefined;
  try {
    // Opening a pipe waits for its writer, and there is no going back and forth in one.
    if (files.kindOf(path) === "other") throw new Error("what is no regular file");
    file = files.openToRead(path);
    if (file.isFolder) throw new Error("a directory");
    return new FileBytes(path, file);
  } catch (error) {
    file?.close();
    throw cannotRead(path, error);
  }
}

class FileBytes implements ByteSource {
  readonly #file: OpenFile;
  #open = true;

  constructor(readonly label: string, file: OpenFile) {
    this.#file = file;
  }

  get size(): number {
    return this.#file.size;
  }

  readAt(offset: number, into: Uint8Array): void {
    let done = 0;
    try {
      for (let read = 1; read > 0 && done < into.length; done += read) {
        read = this.#file.readAt(offset + done, into.subarray(done));
      }
    } catch (error) {
      throw cannotRead(this.label, error);
    }
    if (done < into.length) {
      throw formatFault(
        this.label,
        `${this.size} bytes, as it had when it was opened,`,
        "that it became shorter",
      );
    }
  }

  [Symbol.dispose](): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }
}
