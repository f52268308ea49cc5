/**
 * Some tasks of `reproduce all` at the paper's scale, as many of each sort as there is time for, and what all of them would take; a
 * step of `bench/gpu.sh`. Data are the digits that the project draws.
 *
 *     deno run … bench/gpu_paper.ts full|quick 90 section.md
 *
 * @module
 */
import { loadDataset } from "@graphon-limit/data";
import { openDevice } from "@graphon-limit/runtime";
import {
  COMMON,
  dataRef,
  distinctTasks,
  EXPERIMENTS,
  formatDuration,
  FULL_SCALE,
  type Json,
  Laboratory,
  type Made,
  MemoryStore,
  QUICK_SCALE,
  type Task,
} from "@graphon-limit/study";
import { mean, ownSeconds, sortOf, type Span } from "./paper_tasks.ts";

/** Keeps results, and when they were made. */
class TimedStore extends MemoryStore {
  readonly spans: Span[] = [];

  override add<R extends Json>(task: Task<R>, result: R, made: Made) {
    this.spans.push({ sort: sortOf(task), end: performance.now() / 1000, seconds: made.seconds });
    return super.add(task, result, made);
  }
}

const [size, limit, out] = Deno.args, begun = performance.now();
const left = () => Number(limit) - (performance.now() - begun) / 1000;
const dataset = await loadDataset("digits"), ref = await dataRef(dataset);
const scale = { ...(size === "full" ? FULL_SCALE : QUICK_SCALE), common: { ...COMMON, data: ref, seed: 0 } };
const tasks = distinctTasks(EXPERIMENTS.flatMap((experiment) => experiment.tasks(scale)));
const sorts = Map.groupBy(tasks, sortOf);
using device = await openDevice({ kind: "webgpu" });
const store = new TimedStore();
using lab = new Laboratory({ device, store, data: { ref, dataset } });

// One of each sort, then a second one, whose shaders are compiled, and so on.
for (let round = 0; left() > 0 && [...sorts.values()].some((list) => round < list.length); round++) {
  for (const list of sorts.values()) {
    if (round < list.length && left() > 0) await lab.get(list[round]);
  }
}

const own = Map.groupBy(ownSeconds(store.spans), ({ sort }) => sort);
const rows: string[] = [];
let whole = 0, missing = 0;
for (const [sort, list] of [...sorts].toSorted(([a], [b]) => a.localeCompare(b))) {
  const seconds = (own.get(sort) ?? []).map((span) => span.seconds);
  // The first of a sort compiles shaders.
  const each = seconds.length > 1 ? mean(seconds.slice(1)) : mean(seconds);
  if (seconds.length === 0) missing += list.length;
  else whole += each * list.length;
  const text = seconds.length === 0 ? "–" : `${(1000 * each).toFixed(1)} ms`;
  rows.push(`| ${sort} | ${list.length} | ${seconds.length} | ${text} |`);
}
await Deno.writeTextFile(
  out,
  [
    `${tasks.length} tasks of \`reproduce all\` at ${size} scale, ${store.spans.length} of them done here: ` +
    `**${formatDuration(whole)}** for all, by the means of those done` +
    (missing === 0 ? "." : `, but for ${missing} of sorts that none was done of.`),
    "",
    "| sort of task | tasks | done | each |",
    "| --- | ---: | ---: | ---: |",
    ...rows,
    "",
  ].join("\n"),
);
