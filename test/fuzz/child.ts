/** The process that reads: it is told batches, line by line, and says what it found; whoever started it watches over it. */
import { type Batch, runBatch } from "./batch.ts";

/** What a batch came to, as a line. */
export type Answer = { readonly at: number } | {
  readonly done: number;
  readonly found: readonly { readonly input: string }[];
};

const encoder = new TextEncoder();

function say(answer: Answer): void {
  const line = encoder.encode(`${JSON.stringify(answer)}\n`);
  for (let at = 0; at < line.length;) at += Deno.stdout.writeSync(line.subarray(at));
}

/** Every so many milliseconds a sign of life. */
const SIGN = 500;

async function work(batch: Batch & { readonly careful: boolean }): Promise<void> {
  let last = performance.now();
  const found = await runBatch(batch, (index) => {
    if (!batch.careful && performance.now() - last < SIGN) return;
    last = performance.now();
    say({ at: index });
  });
  say({ done: batch.count, found: found.map((each) => ({ ...each, input: each.input.toBase64() })) });
}

let text = "";
for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (text + piece).split("\n");
  text = lines.pop() ?? "";
  for (const line of lines) await work(JSON.parse(line));
}
