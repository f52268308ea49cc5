/**
 * Reads the inputs of the corpus, then changed files until the time is over, and keeps those that were read as they should not be:
 * once what they show is mended, they belong into the corpus.
 *
 *     deno task fuzz [seconds] [--count N] [--seed S] [--target NAME] [--jobs J]
 *     deno task fuzz --replay FILE [--target NAME]
 */
import { parseArgs } from "node:util";
import { type Batch, type Found, nameOf } from "./batch.ts";
import { targetNamed, TARGETS } from "./catalogue.ts";
import { corpusPaths, replayFile } from "./corpus.ts";
import { Keeper } from "./keeper.ts";
import type { Target } from "./target.ts";

/** Where inputs are kept that show something. */
const FINDINGS = "out/fuzz/findings";

/** Inputs of a batch, of a target of share 1. */
const BATCH = 400;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string" },
    seed: { type: "string", default: "0" },
    target: { type: "string" },
    jobs: { type: "string", default: "1" },
    replay: { type: "string" },
  },
});

/** Batches in turn, as many inputs of each target as its share says. */
function* batches(seed: number, targets: readonly Target[], count: number): Generator<Batch> {
  const done = new Map<string, number>();
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const wanted = (share: number) => Math.ceil(count * share / shares);
  for (let some = true; some;) {
    some = false;
    for (const { name: target, share } of targets) {
      const from = done.get(target) ?? 0, left = wanted(share) - from;
      if (!(left > 0)) continue;
      const batch = Math.min(left, Math.ceil(BATCH * share));
      yield { target, seed, from, count: batch };
      done.set(target, from + batch);
      some = true;
    }
  }
}

function keep(found: Found): string {
  const { target, seed, index, kind, detail, input } = found, folder = `${FINDINGS}/${target}`;
  Deno.mkdirSync(folder, { recursive: true });
  const path = `${folder}/${kind.replaceAll(" ", "-")}-${seed}-${index}.bin`;
  Deno.writeFileSync(path, input);
  Deno.writeTextFileSync(`${path}.txt`, `${kind}\n${detail}\n`);
  return path;
}

/** A number of the command line. */
function given(text: string, what: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0) return value;
  console.error(`error: expected ${what} to be a number but found ${JSON.stringify(text)}`);
  return Deno.exit(2);
}

/** Says now and then how many inputs there were. */
function announcer(): (inputs: number, findings: number) => void {
  const start = performance.now();
  let last = start;
  return (inputs, findings) => {
    if (performance.now() - last < 10_000) return;
    last = performance.now();
    console.error(`${inputs} inputs, ${Math.round((last - start) / 1000)} s, ${findings} findings`);
  };
}

async function fuzz(seconds: number, count: number): Promise<number> {
  const targets = values.target === undefined ? TARGETS : [targetNamed(values.target)];
  const queue = batches(given(values.seed, "--seed"), targets, count),
    end = performance.now() + 1000 * seconds;
  const counts = new Map<string, number>(), known = new Set<string>(), announce = announcer();
  const work = async () => {
    await using keeper = new Keeper();
    for (const batch of queue) {
      if (performance.now() >= end) return;
      for (const found of await keeper.run(batch)) {
        const name = nameOf(found);
        if (!known.has(name)) console.log(`${keep(found)}: ${found.kind}: ${found.detail}`);
        known.add(name);
      }
      counts.set(batch.target, (counts.get(batch.target) ?? 0) + batch.count);
      announce(sumOf(counts), known.size);
    }
  };
  await Promise.all(Array.from({ length: given(values.jobs, "--jobs") }, work));
  for (const [target, inputs] of counts) console.log(`${target}: ${inputs}`);
  console.log(`${sumOf(counts)} inputs, seed ${values.seed}, ${known.size} findings`);
  return known.size === 0 ? 0 : 1;
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, inputs) => sum + inputs, 0);
}

/** Reads files that showed something, and says how many still do. */
async function replayAll(paths: readonly string[]): Promise<number> {
  let wrong = 0;
  for (const path of paths) {
    const finding = await replayFile(path, values.target);
    if (finding === undefined) continue;
    wrong++;
    console.log(`${path}: ${finding.kind}: ${finding.detail}`);
  }
  console.log(`${paths.length} kept inputs, ${wrong} findings`);
  return wrong === 0 ? 0 : 1;
}

if (values.replay !== undefined) Deno.exit(await replayAll([values.replay]));
if (values.target === undefined && await replayAll(corpusPaths()) !== 0) Deno.exit(1);
const seconds = values.count === undefined ? given(positionals[0] ?? "60", "the seconds") : Infinity;
Deno.exit(await fuzz(seconds, values.count === undefined ? Infinity : given(values.count, "--count")));
