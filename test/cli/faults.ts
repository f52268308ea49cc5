import {
  Interrupted,
  type Interruption,
  UNINTERRUPTED,
} from "../../packages/cli/supervision/interruption.ts";

/** A disk for a while. */
export interface Disk extends Disposable {
  /** Bytes written so far. */
  readonly written: number;
}

/** A disk that takes so many bytes, in all files of this process together, and is full then. */
export function diskOf(capacity = Infinity): Disk {
  const { writeSync } = Deno.FsFile.prototype;
  let written = 0;
  Deno.FsFile.prototype.writeSync = function (bytes) {
    if (written >= capacity) throw new Error("No space left on device (os error 28)");
    const count = Math.min(capacity - written, bytes.length);
    written += count;
    return writeSync.call(this, bytes.subarray(0, count));
  };
  return {
    get written() {
      return written;
    },
    [Symbol.dispose]() {
      Deno.FsFile.prototype.writeSync = writeSync;
    },
  };
}

/** A SIGTERM that comes when the `count`-th temporary file is begun. */
export function interruptedAtFile(count: number): Interruption & { readonly files: number } {
  const controller = new AbortController();
  let files = 0;
  return {
    ...UNINTERRUPTED,
    signal: controller.signal,
    get files() {
      return files;
    },
    begun() {
      if (++files === count) controller.abort(new Interrupted("SIGTERM"));
    },
  };
}

/** Makes a named pipe; false where there is no program at hand that can. */
export async function makePipe(path: string): Promise<boolean> {
  try {
    const args = ["-c", "import os, sys; os.mkfifo(sys.argv[1])", path];
    return (await new Deno.Command("python3", { args }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
