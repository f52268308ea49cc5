import { type Batch, type Found } from "./batch.ts";
import { caseOf } from "./cases.ts";
import { targetNamed } from "./catalogue.ts";

/** Milliseconds without a sign of life after which an input is said to hang. */
const PATIENCE = 300_000;

const CHILD = new URL("./child.ts", import.meta.url).href;

/** Starts the process that reads, does as it says, and finds out what it was at when it hangs or dies. */
export class Keeper implements AsyncDisposable {
  #child: Deno.ChildProcess | undefined;
  #lines: AsyncIterator<string> | undefined;

  /** What was found in the inputs of a batch. */
  async run(batch: Batch): Promise<Found[]> {
    const found = await this.#attempt(batch, false);
    if (Array.isArray(found)) return found;
    // Once more, with each input told before it is read.
    const again = await this.#attempt(batch, true);
    if (Array.isArray(again)) return again;
    const { target: name, seed } = batch, target = targetNamed(name), { at, how } = again;
    const { input } = caseOf(target, await target.seeds(), seed, at);
    const rest = await this.run({ ...batch, from: at + 1, count: batch.from + batch.count - at - 1 });
    return [{ kind: "time", detail: how, target: name, seed, index: at, input }, ...rest];
  }

  async #attempt(batch: Batch, careful: boolean): Promise<Found[] | { at: number; how: string }> {
    if (batch.count === 0) return [];
    const child = this.#start(), writer = child.stdin.getWriter();
    let at = batch.from;
    try {
      await writer.write(new TextEncoder().encode(`${JSON.stringify({ ...batch, careful })}\n`));
      for (;;) {
        const answer = await this.#next();
        if (typeof answer === "string") return await this.#ended(at, answer);
        if (answer.at !== undefined) at = answer.at;
        else {return answer.found.map((each: { input: string }) => ({
            ...each,
            input: Uint8Array.fromBase64(each.input),
          })
          );}
      }
    } finally {
      writer.releaseLock();
    }
  }

  async #ended(at: number, how: string): Promise<{ at: number; how: string }> {
    await this.#stop();
    return { at, how };
  }

  /** The next answer, or why there is none. */
  async #next() {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<string>((resolve) => timer = setTimeout(() => resolve("it hangs"), PATIENCE));
    const line = this.#lines!.next().then(({ value, done }) => done ? "the process died" : JSON.parse(value));
    try {
      return await Promise.race([line, silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  #start(): Deno.ChildProcess {
    if (this.#child === undefined) {
      this.#child = new Deno.Command("deno", {
        args: [
          ...["run", "-q", "--no-prompt", "--allow-read=.", "--allow-write=out/fuzz"],
          ...["--v8-flags=--max-old-space-size=2048", CHILD],
        ],
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      this.#lines = linesOf(this.#child.stdout);
    }
    return this.#child;
  }

  async #stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    try {
      child.kill("SIGKILL");
    } catch (error) {
      // It is gone already.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
    await child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (text + piece).split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
}
