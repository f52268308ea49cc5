/** What `bench/gpu_check.ts` found. */
export interface Adapter {
  readonly name: string;
  readonly software: boolean;
  /** Whether every op agreed with its twin. */
  readonly passed: boolean;
  /** The implementations of WebGPU that reach an adapter. */
  readonly backends: readonly string[];
  /** Its Markdown. */
  readonly section: string;
}

/** How a program ended, in words, and what it printed, plain. */
export interface Ending {
  readonly ok: boolean;
  readonly end: string;
  readonly output: string;
}

/** Runs a program, stopped when its seconds are up. */
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
      return { ok: false, end: `no ${program} is there`, output: "" };
    }
    throw error;
  }
  let stopped = false;
  const timer = setTimeout(() => {
    stopped = true;
    child.kill("SIGKILL");
  }, 1000 * seconds);
  try {
    const { success, code, stdout, stderr } = await child.output();
    const end = stopped
      ? `stopped after ${((performance.now() - started) / 1000).toFixed(0)} s`
      : `ended with code ${code}`;
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { ok: success, end, output: `${decode(stdout)}\n${decode(stderr)}` };
  } finally {
    clearTimeout(timer);
  }
}

/** A Python with PyTorch and NumPy, one whose PyTorch sees a GPU rather than another; `python3` where none has them. */
export async function findPython(): Promise<{ python: string; cuda: boolean }> {
  const code = "import numpy, torch; print('cuda' if torch.cuda.is_available() else 'cpu')";
  let found: string | undefined;
  for (const python of ["python3", "/usr/bin/python3"]) {
    const { ok, output } = await runTool(python, ["-c", code], 60);
    if (!ok) continue;
    if (output.includes("cuda")) return { python, cuda: true };
    found ??= python;
  }
  return { python: found ?? "python3", cuda: false };
}
