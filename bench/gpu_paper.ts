/**
 * Some tasks of `reproduce all` at the paper's scale, as many of each sort as there is time for, what each of them is for the
 * host, and what all of them would take, one at a time and several in flight; a step of `bench/gpu.sh`. Data are the digits that
 * the project draws.
 *
 *     deno run … bench/gpu_paper.ts full|quick auto|deno|dawn 90 section.md
 *
 * @module
 */
import { loadDataset, writeFileAtomically } from "@graphon-limit/data";
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
  runTasks,
  type Task,
  tasksInFlight,
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
const asked = watchHost(device),
  through = device.info.backend === "dawn" ? "through Dawn" : "through Deno's own WebGPU";

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

/** The share of the time in which tasks are profiled one at a time; and in which some are timed so, to be timed in flight then. */
const PROFILED = 0.6, TIMED = 0.18;

/** How many are in flight. */
const LANES = tasksInFlight({ kind: "webgpu", software: false });

/** How many tasks were timed in flight, and the share of the time they took so. */
interface InFlight {
  readonly count: number;
  readonly share: number;
}

// One of each sort, then a second one, whose shaders are compiled, and so on.
const profiling = () => left() > Number(limit) * (1 - PROFILED);
for (let round = 0; profiling() && [...sorts.values()].some((list) => round < list.length); round++) {
  for (const list of sorts.values()) {
    if (round < list.length && profiling()) {
      // The next one may take longer than there is time.
      write();
      await lab.get(list[round]);
    }
  }
}
write();
write(await sideBySide());

function milliseconds(seconds: number): string {
  return `${(1000 * seconds).toFixed(1)} ms`;
}

/**
 * How much of the time that some tasks take one at a time they take in flight, as many as `reproduce` has on an adapter. What is in
 * flight cannot be told apart by what is asked of the device, so that this is timed by itself, on tasks from everywhere.
 */
async function sideBySide(): Promise<InFlight> {
  const chosen: Task[] = [];
  // Others would compile their shaders the first time, and not the second.
  const profiled = new Set(spans.map(({ sort }) => sort)),
    known = tasks.filter((task) => profiled.has(sortOf(task)));
  const until = left() - Number(limit) * TIMED;
  const timed = async (work: (lab: Laboratory) => Promise<void>): Promise<number> => {
    using lab = new Laboratory({ device, store: new MemoryStore(), data: { ref, dataset } });
    const start = performance.now();
    await work(lab);
    return (performance.now() - start) / 1000;
  };
  const one = await timed(async (lab) => {
    // The golden ratio's multiples are spread evenly however many there are.
    for (let k = 1; left() > until && k <= known.length; k++) {
      chosen.push(known[Math.floor(((k * (Math.sqrt(5) - 1) / 2) % 1) * known.length)]);
      await runTasks(lab, chosen.slice(-1), { inFlight: 1 });
    }
  });
  const several = await timed((lab) => runTasks(lab, chosen, { inFlight: LANES }));
  return { count: distinctTasks(chosen).length, share: several / one };
}

/** The rows of the table, what all tasks would take, and how many are of sorts that none was done of. */
function summary(): { readonly rows: readonly string[]; readonly whole: number; readonly missing: number } {
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
  return { rows, whole, missing };
}

/** Writes what there is: nothing of it is lost where the time is up. */
function write(inFlight?: InFlight): void {
  const { rows, whole, missing } = summary();
  const all = `${tasks.length} tasks of \`reproduce all\` at ${size} scale, ${through}`;
  const lines = spans.length === 0 ? [`${all}: none was done in the time.`] : [
    `${all}, ${spans.length} of them done here: **${
      formatDuration(whole)
    }** for all, by the means of those done` +
    (missing === 0 ? "." : `, but for ${missing} of sorts that none was done of.`),
    "",
    inFlightText(inFlight, whole, missing),
    "",
    "The host's own is what it did while it waited for no device.",
    "",
    "| sort of task | tasks | done | each | the host's own | launches | waits |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ];
  writeFileAtomically(out, `${lines.join("\n")}\n`);
}

function inFlightText(inFlight: InFlight | undefined, whole: number, missing: number): string {
  if (inFlight === undefined) return "Not timed in flight.";
  const { count, share } = inFlight;
  if (count === 0) return `None was timed with ${LANES} in flight: there was no time left.`;
  return `${count} of them, from everywhere, took ${share.toFixed(2)} of the time with ${LANES} in flight: ` +
    `**${formatDuration(whole * share)}** for all${missing === 0 ? "" : " of those sorts"} so.`;
}
