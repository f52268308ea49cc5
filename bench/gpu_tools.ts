import { undoneOnTermination } from "./termination.ts";

/** What `bench/gpu_check.ts` found through an implementation of WebGPU. */
export interface Checked {
  /** The adapter that answers; left out where none does. */
  readonly adapter?: Adapter | undefined;
  /** Whether every op agreed with its twin; undefined until all were compared. */
  readonly passed?: boolean | undefined;
  /** Its Markdown. */
  readonly section: string;
}

export interface Adapter {
  readonly name: string;
  readonly software: boolean;
}

/** How a program ended, in words, and what it printed, plain. */
export interface Ending {
  readonly ok: boolean;
  /** Whether its seconds were up. */
  readonly stopped: boolean;
  readonly end: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Seconds from when a program is told to end until it is killed. */
const GRACE = 2;

/** Runs a program. When its seconds are up it is told to end, which gives it time to end what it started, and then killed. */
export async function runTool(
  program: string,
  args: readonly string[],
  seconds: number,
  more: Readonly<Record<string, string>> = {},
): Promise<Ending> {
  const started = performance.now();
  let child: Deno.ChildProcess;
  try {
    const env = { NO_COLOR: "1", ...more };
    child = new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env,
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { ok: false, stopped: false, end: `no ${program} is there`, stdout: "", stderr: "" };
    }
    throw error;
  }
  const tell = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      // It has ended by itself, and what it printed is not read yet.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  let stopped = false;
  const stop = setTimeout(() => {
    stopped = true;
    tell("SIGTERM");
  }, 1000 * seconds);
  const kill = setTimeout(() => tell("SIGKILL"), 1000 * (seconds + GRACE));
  using _owed = undoneOnTermination(() => tell("SIGTERM"));
  try {
    const { success, code, signal, stdout, stderr } = await child.output();
    const end = stopped
      ? `after ${((performance.now() - started) / 1000).toFixed(0)} s`
      : signal === null
      ? `ended with code ${code}`
      : `ended by ${signal}`;
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { ok: success && !stopped, stopped, end, stdout: decode(stdout), stderr: decode(stderr) };
  } finally {
    clearTimeout(stop);
    clearTimeout(kill);
  }
}

/** What Dawn says of an adapter that it passes over, or does not make full use of. */
const NOISE = /^\s+at |^Warning/;

/** The line that says most of how far a program came: its error, else the last it printed. */
export function lastLine({ stdout, stderr }: Pick<Ending, "stdout" | "stderr">): string {
  const said = linesOf(stderr).filter((line) => !NOISE.test(line));
  const line = said.findLast((line) => /^error: /i.test(line)) ?? linesOf(stdout).at(-1) ?? said.at(-1);
  return line?.trim().slice(0, 200) ?? "";
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

/** A Python with PyTorch and NumPy, one whose PyTorch sees a GPU rather than another; `python3` where none has them. */
export async function findPython(): Promise<{ python: string; cuda: boolean }> {
  const code = "import numpy, torch; print('cuda' if torch.cuda.is_available() else 'cpu')";
  let found: string | undefined;
  for (const python of ["python3", "/usr/bin/python3"]) {
    const { ok, stdout } = await runTool(python, ["-c", code], 60);
    if (!ok) continue;
    if (stdout.includes("cuda")) return { python, cuda: true };
    found ??= python;
  }
  return { python: found ?? "python3", cuda: false };
}
