/** A Python process that does the peers' side of the jobs (`bench/peers.py`). */
export class Peer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #text = "";

  private constructor(process: Deno.ChildProcess, readonly folder: string) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Undefined where this Python does not start, or lacks NumPy or PyTorch; else the peer and its versions. */
  static async start(python: string): Promise<{ peer: Peer; versions: string } | undefined> {
    const folder = await Deno.makeTempDir({ prefix: "graphon-limit-bench-" });
    try {
      const process = new Deno.Command(python, {
        args: [new URL("./peers.py", import.meta.url).pathname],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const peer = new Peer(process, folder);
      const { numpy, torch } = JSON.parse(await peer.#line());
      return { peer, versions: `NumPy ${numpy}, PyTorch ${torch}` };
    } catch {
      await Deno.remove(folder, { recursive: true });
      return undefined;
    }
  }

  /** Leaves an array where the peer finds it. */
  async put(name: string, data: Float32Array | Uint8Array): Promise<void> {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    await Deno.writeFile(`${this.folder}/${name}.bin`, bytes);
  }

  /** Has a job done; its time in milliseconds. */
  async time(request: Record<string, unknown>): Promise<number> {
    const text = `${JSON.stringify({ ...request, folder: this.folder })}\n`;
    await this.#writer.write(new TextEncoder().encode(text));
    return JSON.parse(await this.#line()).milliseconds;
  }

  /** What the last job gave. */
  async result(): Promise<Uint8Array> {
    return await Deno.readFile(`${this.folder}/result.bin`);
  }

  async #line(): Promise<string> {
    let end: number;
    while ((end = this.#text.indexOf("\n")) < 0) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("The peer ended");
      this.#text += value;
    }
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#process.status;
    await Deno.remove(this.folder, { recursive: true });
  }
}
