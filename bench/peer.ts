import type { Numbers } from "./agreement.ts";
import { undoneOnTermination } from "./termination.ts";

/** A folder through which programs hand each other arrays, deleted in the end, and where the program is told to end before. */
export class Exchange implements AsyncDisposable {
  readonly #owed: Disposable;

  private constructor(readonly folder: string) {
    this.#owed = undoneOnTermination(() => Deno.removeSync(folder, { recursive: true }));
  }

  static async create(): Promise<Exchange> {
    return new Exchange(await Deno.makeTempDir({ prefix: "graphon-limit-bench-" }));
  }

  /** Leaves an array where the peers find it. */
  async put(name: string, data: Numbers): Promise<void> {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    // A view of shared memory is not written: a copy of it is.
    await Deno.writeFile(`${this.folder}/${name}.bin`, bytes.slice());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
    this.#owed[Symbol.dispose]();
  }
}

/** A peer's refusal of a job, or its end: one line. */
export class PeerError extends Error {
  override name = "PeerError";
}

/** What a peer is asked: the job's name and sizes. Equal requests one after another are prepared for once. */
export type Request = Readonly<Record<string, unknown>>;

/** Whoever does another library's side of a job. */
export interface Contender {
  /** The table's heading of its times. */
  readonly column: string;
  /**
   * Does a job; its time in milliseconds, what is loaded and stored not counted.
   *
   * @throws {PeerError} where it cannot
   */
  time(request: Request): Promise<number>;
  /** What the last job gave. */
  result(type: "f32" | "u8"): Promise<Numbers>;
}

/**
 * A process that does another library's side of the jobs (`peers.py`, `jax_side.ts`): it says what it is in one line of
 * JSON, then answers each request, a line, with one of the time taken or an `error`, having left the result in a file.
 */
export class Peer implements Contender, AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #owed: Disposable;
  #text = "";
  #about: Readonly<Record<string, string>> = {};

  private constructor(process: Deno.ChildProcess, readonly exchange: Exchange, readonly column: string) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    // It would go on with its job, in which it hears of nothing.
    this.#owed = undoneOnTermination(() => process.kill("SIGKILL"));
  }

  /**
   * Starts a peer; undefined where its program is not there, may not be run, or ends before it said what it is.
   *
   * @param column the table's heading of its times
   */
  static async start(
    column: string,
    program: string,
    args: readonly string[],
    exchange: Exchange,
  ): Promise<Peer | undefined> {
    let process: Deno.ChildProcess;
    try {
      process = new Deno.Command(program, {
        args: [...args],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      })
        .spawn();
    } catch (error) {
      const { NotFound, NotCapable } = Deno.errors;
      if (error instanceof NotFound || error instanceof NotCapable) return undefined;
      throw error;
    }
    const peer = new Peer(process, exchange, column);
    try {
      peer.#about = JSON.parse(await peer.#line());
      return peer;
    } catch {
      await peer[Symbol.asyncDispose]();
      return undefined;
    }
  }

  /** Versions and the like, by name. */
  get about(): Readonly<Record<string, string>> {
    return this.#about;
  }

  async time(request: Request): Promise<number> {
    const text = `${
      JSON.stringify({ ...request, folder: this.exchange.folder, result: this.#resultName })
    }\n`;
    try {
      await this.#writer.write(new TextEncoder().encode(text));
    } catch {
      throw new PeerError("ended");
    }
    const { milliseconds, error } = JSON.parse(await this.#line()) as {
      milliseconds: number;
      error?: string;
    };
    if (error !== undefined) throw new PeerError(error.replace(/\s+/g, " ").trim().slice(0, 120));
    return milliseconds;
  }

  async result(type: "f32" | "u8"): Promise<Numbers> {
    const bytes = await Deno.readFile(`${this.exchange.folder}/${this.#resultName}`);
    return type === "u8" ? bytes : new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }

  get #resultName(): string {
    return `result-${this.#process.pid}.bin`;
  }

  async #line(): Promise<string> {
    let end: number;
    while ((end = this.#text.indexOf("\n")) < 0) {
      const { value, done } = await this.#lines.read();
      if (done) throw new PeerError("ended");
      this.#text += value;
    }
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#writer.close();
    } catch {
      // It ended before: its input is closed.
    }
    await this.#process.status;
    this.#owed[Symbol.dispose]();
  }
}
