/**
 * The GPU measurement of `bench/gpu.sh`, which starts it: runs its steps one after another, each in a process of its own
 * that is stopped when its time is up, and writes their sections into one Markdown file as they come.
 *
 * @module
 */
import { slugOf } from "./machine.ts";
import { type Adapter, findPython, runTool } from "./gpu_tools.ts";

/** Seconds for everything. */
const WHOLE = 450;

/** Cases that each op test draws, where it draws sixty elsewhere. */
const DRAWN_CASES = "8";

/** Seconds before its end that a step which stops by itself is told to stop. */
const SPARE = 12;

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

function steps({ software, backends }: Adapter, { python, cuda }: { python: string; cuda: boolean }): Step[] {
  const peerDevice = cuda ? "cuda" : "cpu";
  const widths = software ? ["--widths", "64", "--sizes", "256,1024", "--histogram", "500", "--quick"] : [];
  const opSizes = software ? ["--widths", "256", "--time", "20"] : ["--widths", "1024,2048", "--time", "60"];
  return [
    // The first implementation is checked before anything else.
    ...backends.slice(1).map((backend): Step => ({
      title: `Ops against their twins, ${labelOf(backend)}`,
      share: software ? 60 : 20,
      command: (section) => [...RUN, "bench/gpu_check.ts", backend, section],
    })),
    ...backends.map((backend): Step => ({
      title: `SNIP end to end, ${labelOf(backend)}`,
      share: 30,
      command: (section) => [...RUN, "bench/gpu_snip.ts", software ? "256" : "10000", backend, section],
    })),
    {
      title: cuda ? "Beside PyTorch on CUDA" : "Beside PyTorch on the CPU: it sees no GPU here",
      share: 120,
      command: (section) => [
        ...[...RUN, "bench/peers.ts", "--device", "webgpu", "--peer-device", peerDevice, "--no-jax"],
        ...["--python", python, "--out", section, ...widths],
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
        ...[...RUN, "bench/gpu_paper.ts", software ? "quick" : "full", "auto"],
        ...[String(Math.max(1, Math.floor(seconds - SPARE))), section],
      ],
    },
    {
      title: "Ops",
      share: software ? 200 : 110,
      command: (section) => [
        ...[...RUN, "bench/ops.ts", "--device", "webgpu", ...opSizes, "--python", python, "--out", section],
      ],
    },
    ...(software ? [] : [{
      title: "Op tests, by drawn cases on this adapter and the CPU device",
      share: 70,
      command: () => ["test", "-q", "--no-prompt", "--no-check", ...RUN.slice(3), "test/ops"],
      printed: true,
    }]),
  ];
}

function labelOf(backend: string): string {
  return backend === "dawn" ? "through Dawn" : "through Deno's own WebGPU";
}

async function main(): Promise<number> {
  const begun = performance.now(), left = () => WHOLE - (performance.now() - begun) / 1000;
  const folder = await Deno.makeTempDir({ prefix: "graphon-limit-gpu-" });
  try {
    const checked = `${folder}/check.json`;
    const check = await runTool("deno", [...RUN, "bench/gpu_check.ts", "deno", checked], 90);
    const found = await read(checked);
    const adapter: Adapter = found === undefined
      ? {
        name: "none",
        software: true,
        passed: false,
        backends: [],
        section: `Not checked: ${check.end}. ${lastLine(check.output)}`,
      }
      : JSON.parse(found);
    const place = Deno.env.get("OUT") || "bench/results", out = `${place}/gpu-${slugOf(adapter.name)}.md`;
    await Deno.mkdir(place, { recursive: true });
    const lines = [
      title(adapter),
      "",
      `\`sh bench/gpu.sh\`, Deno ${Deno.version.deno}.`,
      "",
      adapter.section,
    ];
    const write = () => Deno.writeTextFile(out, `${lines.join("\n").trimEnd()}\n`);
    await write();
    if (found === undefined) return report(out, false);

    const python = await findPython();
    let passed = adapter.passed;
    for (const [i, step, ...later] of eachAndLater(steps(adapter, python))) {
      const shares = [step, ...later].reduce((sum, { share }) => sum + share, 0);
      const limit = Math.max(1, left() * step.share / shares);
      console.error(`${step.title} …`);
      const section = `${folder}/${i}.md`;
      const env = step.printed ? { FC_RUNS: DRAWN_CASES } : {};
      const { end, ok, output } = await runTool("deno", step.command(section, limit), limit, env);
      const text = step.printed ? testSummary(output) : await read(section) ?? "";
      lines.push(
        "",
        `# ${step.title}`,
        "",
        ...(ok ? [] : [`**Not complete: ${end}.** ${lastLine(output)}`, ""]),
      );
      // The sections of a step are one level below its own heading.
      lines.push(text.replace(/^#(?=#* )/gm, "##").trim());
      passed &&= ok;
      await write();
    }
    lines.push("", `${(WHOLE - left()).toFixed(0)} s in all.`);
    await write();
    return report(out, passed);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every step with its number, and those after it. */
function eachAndLater(list: readonly Step[]): (readonly [number, Step, ...Step[]])[] {
  return list.map((step, i) => [i, step, ...list.slice(i + 1)] as const);
}

function title({ name, software }: Adapter): string {
  if (name === "none") return "# No WebGPU adapter answers: nothing was measured";
  if (!software) return `# GPU measurements: ${name}`;
  return `# No GPU at hand: the software adapter ${name}, at smaller sizes`;
}

/** Deno's own count of tests, or how many had passed when it was stopped. */
function testSummary(output: string): string {
  const summary = /^.*\d+ passed.*$/m.exec(output)?.[0];
  const failures = [...output.matchAll(/^(.+?) \.\.\. FAILED/gm)].map(([, name]) => `- failed: ${name}`);
  const passed = [...output.matchAll(/ \.\.\. ok /g)].length;
  return [summary ?? `${passed} had passed when they were stopped.`, ...failures].join("\n");
}

function lastLine(output: string): string {
  return output.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function report(out: string, passed: boolean): number {
  console.error(`written to ${out}${passed ? "" : "; not everything passed"}`);
  return passed ? 0 : 1;
}

Deno.exit(await main());
