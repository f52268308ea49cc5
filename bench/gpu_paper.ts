/**
 * Some tasks of `reproduce all` at the paper's scale, as many of each sort as there is time for, what each of them is for the
 * host, and what all of them would take; a step of `bench/gpu.sh`. Data are the digits that the project draws.
 *
 *     deno run … bench/gpu_paper.ts full|quick auto|deno|dawn 90 section.md
 *
 * @module
 */
import { loadDataset } from "@graphon-limit/data";
import {
  COMMON,
  dataRef,
  distinctTasks,
  EXPERIMENTS,
  formatDuration,
  FULL_SCALE,
  Laboratory,
  MemoryStore,
  QUICK_SCALE,
} from "@graphon-limit/study";
import { openAdapter } from "./gpu_device.ts";
import { watchHost } from "./host_profile.ts";
import { mean, ownSeconds, sortOf, type Span } from "./paper_tasks.ts";

const [size, backend, limit, out] = Deno.args, begun = performance.now();
const left = () => Number(limit) - (performance.now() - begun) / 1000;
const dataset = await loadDataset("digits"), ref = await dataRef(dataset);
const scale = { ...(size === "full" ? FULL_SCALE : QUICK_SCALE), common: { ...COMMON, data: ref, seed: 0 } };
const tasks = distinctTasks(EXPERIMENTS.flatMap((experiment) => experiment.tasks(scale)));
const sorts = Map.groupBy(tasks, sortOf);
using device = await openAdapter(backend);
const store = new MemoryStore(), spans: Span[] = [];
using lab = new Laboratory({ device, store, data: { ref, dataset } });
const asked = watchHost(device), through = device.info.backend === "dawn" ? "Dawn" : "Deno's own WebGPU";

/** Computes a task, and those that it asks for. */
const compute = lab.record;
lab.record = async function (this: Laboratory, task) {
  if (await store.find(task)) return await compute.call(this, task);
  const before = asked(), start = performance.now();
  const record = await compute.call(this, task);
  const now = asked(), milliseconds = performance.now() - start;
  spans.push({
    ...{ sort: sortOf(task), end: (start + milliseconds) / 1000, seconds: milliseconds / 1000 },
    ...{ launches: now.launches - before.launches, waits: now.waits - before.waits },
    host: (milliseconds - (now.waited - before.waited)) / 1000,
  });
  return record;
} as typeof compute;

// One of each sort, then a second one, whose shaders are compiled, and so on.
for (let round = 0; left() > 0 && [...sorts.values()].some((list) => round < list.length); round++) {
  for (const list of sorts.values()) {
    if (round < list.length && left() > 0) await lab.get(list[round]);
  }
}

const own = Map.groupBy(ownSeconds(spans), ({ sort }) => sort);
const rows: string[] = [];
let whole = 0, missing = 0;
for (const [sort, list] of [...sorts].toSorted(([a], [b]) => a.localeCompare(b))) {
  const done = own.get(sort) ?? [];
  // The first of a sort compiles shaders.
  const later = done.length > 1 ? done.slice(1) : done;
  const each = (part: "seconds" | "host" | "launches" | "waits") => mean(later.map((span) => span[part]));
  if (done.length === 0) missing += list.length;
  else whole += each("seconds") * list.length;
  const numbers = done.length === 0 ? ["–", "–", "–", "–"] : [
    ...[each("seconds"), each("host")].map(milliseconds),
    each("launches").toFixed(0),
    each("waits").toFixed(1),
  ];
  rows.push(`| ${[sort, list.length, done.length, ...numbers].join(" | ")} |`);
}

function milliseconds(seconds: number): string {
  return `${(1000 * seconds).toFixed(1)} ms`;
}

await Deno.writeTextFile(
  out,
  [
    `${tasks.length} tasks of \`reproduce all\` at ${size} scale, ${spans.length} of them done here: ` +
    `**${formatDuration(whole)}** for all through ${through}, by the means of those done` +
    (missing === 0 ? "." : `, but for ${missing} of sorts that none was done of.`),
    "",
    "The host's own is what it did while it waited for no device.",
    "",
    "| sort of task | tasks | done | each | the host's own | launches | waits |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
  ].join("\n"),
);
