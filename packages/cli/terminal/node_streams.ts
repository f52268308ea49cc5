import * as consoles from "node:console";
import { writeSync } from "node:fs";
import process from "node:process";
import { Writable } from "node:stream";
import { isatty, WriteStream } from "node:tty";
import { codeOf } from "../host.ts";

/** Declared here, since Deno's own console hides it from the compiler. */
const { Console: NodeConsole } = consoles as unknown as {
  readonly Console: new (
    options: { readonly stdout: Writable; readonly stderr: Writable; readonly ignoreErrors: boolean },
  ) => Console;
};

/** How long is waited for the reader of a pipe that is full, in milliseconds. */
const FULL_MS = 5;

/**
 * Has this thread of Node's write to standard output and error itself. Node's own streams hand what a thread prints to the main thread,
 * which prints it when it comes to that, or not at all where the process ends before; and whether it could be
 * written is not heard of.
 */
export function writeAtOnce(): void {
  const stdout = streamTo(1), stderr = streamTo(2);
  globalThis.console = new NodeConsole({ stdout, stderr, ignoreErrors: false });
  // Node counts on these two objects; what writes to them does it by those of this module.
  lead(process.stdout, stdout);
  lead(process.stderr, stderr);
}

function streamTo(descriptor: number): Writable {
  // A terminal's stream writes at once, and knows how wide the terminal is.
  if (isatty(descriptor)) return new WriteStream(descriptor);
  return new Writable({
    write(bytes: Uint8Array, _encoding, done) {
      writeAll(descriptor, bytes);
      done();
    },
  });
}

function lead(from: Writable, to: Writable): void {
  from.write = to.write.bind(to);
  if (to instanceof WriteStream) Object.assign(from, { isTTY: true, columns: to.columns });
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      Atomics.wait(pause, 0, 0, FULL_MS);
    }
  }
}
