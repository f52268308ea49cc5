/**
 * The GPU measurement of `bench/gpu.sh`, which starts it: checks each implementation of WebGPU, runs its steps on those that answer
 * one after another, each in a process of its own that is stopped when its time is up, and writes their sections into one Markdown
 * file as they come. What had no time to end has not failed.
 *
 * @module
 */
import { DAWN_VARIABLE } from "../packages/cli/shell/native_libraries.ts";
import { type Adapter, type Checked, type Ending, findPython, lastLine, runTool } from "./gpu_tools.ts";
import { installedDawn } from "./installed_dawn.ts";
import { slugOf } from "./machine.ts";
import { undoneOnTermination } from "./termination.ts";

/** Seconds for everything, and for the check of each implementation of WebGPU. */
const WHOLE = 450, CHECK = 90;

/** Cases that each op test draws, where it draws sixty elsewhere. */
const DRAWN_CASES = "8";

/** Seconds before its end that a step which stops by itself is told to stop. */
const SPARE = 12;

/** The jobs beside PyTorch, those that it takes seconds for the last. */
const JOBS = [
  ...["product", "snip", "grasp", "ntk", "spectrum", "histogram", "adam"],
  ...["cnn-snip", "cnn-adam", "vit-snip", "vit-adam", "synflow"],
];

interface Step {
  readonly title: string;
  /** Its part of the time that is left for it and those after it, beside theirs: seconds, where all take what they may. */
  readonly share: number;
  /** Its command after `deno`, for so many seconds; its section goes to the file named. */
  command(section: string, seconds: number): string[];
  /** Whether its section is what it printed, and not a file. */
  readonly printed?: boolean;
}

const RUN = [
  "run",
  "-q",
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
  "--allow-ffi",
];

/** What came of a check or a step: whether it failed, or had no time to end; and its section. */
interface Outcome {
  readonly title: string;
  readonly verdict: "done" | "stopped" | "failed";
  readonly section: string;
}

/** What is measured: an adapter, and the implementations of WebGPU that reach it. */
interface Subject extends Adapter {
  readonly backends: readonly string[];
}

function steps({ software, backends }: Subject, { python, cuda }: { python: string; cuda: boolean }): Step[] {
  const peerDevice = cuda ? "cuda" : "cpu", [first] = backends, dawn = installedDawn();
  const widths = software ? ["--widths", "64", "--sizes", "256,1024", "--histogram", "500", "--quick"] : [];
  const opSizes = software ? ["--widths", "256", "--time", "20"] : ["--widths", "1024,2048", "--time", "60"];
  return [
    ...backends.map((backend): Step => ({
      title: `SNIP end to end, ${labelOf(backend)}`,
      share: 30,
      command: (section) => [...RUN, "bench/gpu_snip.ts", software ? "256" : "10000", backend, section],
    })),
    {
      title: cuda ? "Beside PyTorch on CUDA" : "Beside PyTorch on the CPU: it sees no GPU here",
      share: 120,
      command: (section) => [
        ...[...RUN, "bench/peers.ts", ...JOBS, "--device", "webgpu", "--backend", first],
        ...["--peer-device", peerDevice, "--no-jax", "--python", python, "--out", section, ...widths],
      ],
    },
    {
      title: "The host's part",
      share: 25,
      command: (section) => [...RUN, "bench/gpu_host.ts", backends.join(), section],
    },
    {
      title: "The whole paper",
      share: 80,
      command: (section, seconds) => [
        ...[...RUN, "bench/gpu_paper.ts", software ? "quick" : "full", backends.length > 1 ? "auto" : first],
        ...[String(Math.max(1, Math.floor(seconds - SPARE))), section],
      ],
    },
    {
      title: "Ops",
      share: software ? 200 : 110,
      command: (section) => [
        ...[...RUN, "bench/ops.ts", "--device", "webgpu", "--backend", first, ...opSizes],
        ...["--python", python, "--out", section],
      ],
    },
    ...(software ? [] : [{
      title: "Op tests, by drawn cases on this adapter and the CPU device",
      share: 70,
      command: () =>
        ["test", "-q", "--no-prompt", "--no-check", ...RUN.slice(3), "test/ops"].concat(
          first === "dawn" && dawn !== undefined ? ["--", dawn] : [],
        ),
      printed: true,
    }]),
  ];
}

function labelOf(backend: string): string {
  return backend === "dawn" ? "through Dawn" : "through Deno's own WebGPU";
}

/** Has an implementation of WebGPU checked, and found whether an adapter answers, for which there may be too little time. */
async function check(backend: string, folder: string): Promise<Outcome & Pick<Checked, "adapter">> {
  const title = `Ops against their twins, ${labelOf(backend)}`, file = `${folder}/${backend}.json`;
  console.error(`${title} …`);
  const command = [...RUN, "bench/gpu_check.ts", backend, file];
  const ending = await runTool("deno", command, CHECK, { TMPDIR: folder }), found = await read(file);
  const { adapter, passed, section }: Checked = found === undefined
    ? { section: "No adapter had answered." }
    : JSON.parse(found);
  if (passed !== undefined) return { title, verdict: passed ? "done" : "failed", section, adapter };
  const { stopped, end } = ending, what = stopped ? `did not finish in ${CHECK} s` : end;
  const whole = `${section}\n\n**The check ${what}.** ${lastLine(ending)}`.trim();
  // One that crashes is not measured.
  return stopped
    ? { title, verdict: "stopped", section: whole, adapter }
    : { title, verdict: "failed", section: whole };
}

/** Runs a step for so many seconds. */
async function runStep(step: Step, seconds: number, folder: string, number: number): Promise<Outcome> {
  const { title, printed = false } = step, file = `${folder}/${number}.md`;
  console.error(`${title} …`);
  const dawn = installedDawn();
  const env = {
    TMPDIR: folder,
    ...(dawn ? { [DAWN_VARIABLE]: dawn } : {}),
    ...(printed ? { FC_RUNS: DRAWN_CASES } : {}),
  };
  const ending = await runTool("deno", step.command(file, seconds), seconds, env);
  const { ok, stopped, stdout, stderr } = ending;
  const tests = printed ? testSummary(`${stdout}\n${stderr}`) : undefined;
  const text = tests ? tests.text : await read(file) ?? "";
  const verdict = ok ? "done" : stopped && !tests?.failed ? "stopped" : "failed";
  // The sections of a step are one level below its own heading.
  const parts = [ok ? "" : notice(ending), text.replace(/^#(?=#* )/gm, "##").trim()];
  return { title, verdict, section: parts.filter((part) => part !== "").join("\n\n") };
}

/** Why a step is not complete. */
function notice(ending: Ending): string {
  const { stopped, end } = ending;
  return `**${stopped ? "Stopped for time" : "Failed:"} ${end}.** ${lastLine(ending)}`.trim();
}

/** The adapter of those that answer, one on hardware rather than a program, and through what it is reached. */
function subjectOf(
  checks: readonly (Pick<Checked, "adapter"> & { readonly backend: string })[],
): Subject | undefined {
  const answering = checks.flatMap(({ backend, adapter }) => adapter ? [{ ...adapter, backend }] : []);
  const hardware = answering.filter(({ software }) => !software);
  const [first, ...others] = hardware.length > 0 ? hardware : answering;
  return first && { ...first, backends: [first, ...others].map(({ backend }) => backend) };
}

async function main(): Promise<number> {
  const begun = performance.now(), left = () => WHOLE - (performance.now() - begun) / 1000;
  const folder = await Deno.makeTempDir({ prefix: "graphon-limit-gpu-" });
  using _owed = undoneOnTermination(() => Deno.removeSync(folder, { recursive: true }));
  try {
    const checks = [], known = installedDawn() === undefined ? ["deno"] : ["deno", "dawn"];
    for (const backend of known) checks.push({ backend, ...await check(backend, folder) });
    const subject = subjectOf(checks), outcomes: Outcome[] = [...checks];
    const place = Deno.env.get("OUT") || "bench/results";
    const out = `${place}/gpu-${slugOf(subject?.name ?? "none")}.md`;
    await Deno.mkdir(place, { recursive: true });
    const write = (...end: string[]) => Deno.writeTextFile(out, fileOf(titleOf(subject), outcomes, end));
    await write();
    if (subject === undefined) return report(out, outcomes, 1);

    const python = await findPython();
    for (const [i, step, ...later] of eachAndLater(steps(subject, python))) {
      const shares = [step, ...later].reduce((sum, { share }) => sum + share, 0);
      outcomes.push(await runStep(step, Math.max(1, left() * step.share / shares), folder, i));
      await write();
    }
    await write("", `${(WHOLE - left()).toFixed(0)} s in all.`);
    return report(out, outcomes);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function fileOf(title: string, outcomes: readonly Outcome[], end: readonly string[]): string {
  const lines = [title, "", `\`sh bench/gpu.sh\`, Deno ${Deno.version.deno}.`];
  for (const { title, section } of outcomes) lines.push("", `# ${title}`, "", section);
  return `${[...lines, ...end].join("\n").trimEnd()}\n`;
}

/** Every step with its number, and those after it. */
function eachAndLater(list: readonly Step[]): (readonly [number, Step, ...Step[]])[] {
  return list.map((step, i) => [i, step, ...list.slice(i + 1)] as const);
}

function titleOf(subject: Subject | undefined): string {
  if (subject === undefined) return "# No WebGPU adapter answers: nothing was measured";
  if (!subject.software) return `# GPU measurements: ${subject.name}`;
  return `# No GPU at hand: the software adapter ${subject.name}, at smaller sizes`;
}

/** Deno's own count of tests, or how many had passed when it was stopped; and whether some had failed. */
function testSummary(output: string): { readonly text: string; readonly failed: boolean } {
  const summary = /^.*\d+ passed.*$/m.exec(output)?.[0];
  const failures = [...output.matchAll(/^(.+?) \.\.\. FAILED/gm)].map(([, name]) => `- failed: ${name}`);
  const passed = [...output.matchAll(/ \.\.\. ok /g)].length;
  const counted = summary ?? `${passed} had passed when they were stopped.`;
  return { text: [counted, ...failures].join("\n"), failed: failures.length > 0 };
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Says what came of everything. */
function report(out: string, outcomes: readonly Outcome[], code = 0): number {
  const titles = (wanted: Outcome["verdict"]) =>
    outcomes.filter(({ verdict }) => verdict === wanted).map(({ title }) => title).join("; ");
  const failed = titles("failed"), stopped = titles("stopped");
  console.error(`written to ${out}`);
  if (stopped) console.error(`stopped for time: ${stopped}`);
  if (failed) console.error(`failed: ${failed}`);
  return failed ? 1 : code;
}

Deno.exit(await main());
