// A run of the command line that is killed at a moment, or comes to its end before. The launcher is left out: it is the process that
// computes and writes which is to be killed.

/** What the launcher would start. */
const PROGRAM = [
  ...["run", "-q", "--no-prompt", "--allow-read", "--allow-write", "--allow-env"],
  ...["--allow-sys=systemMemoryInfo", "packages/cli/cli.ts"],
];

/** When a run is killed: after some milliseconds, or some after its `file`-th temporary file is there. */
export type Moment =
  | { readonly kind: "time"; readonly ms: number }
  | { readonly kind: "writing"; readonly file: number; readonly ms: number };

export interface RunOutcome {
  /** The exit code; undefined of a run that was killed. */
  readonly code: number | undefined;
  readonly stderr: string;
  readonly ms: number;
  /** Temporary files that it began. */
  readonly files: number;
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs a command line whose results are in a folder; kills it at a moment, if there is one. */
export async function run(line: string, folder: string, moment?: Moment): Promise<RunOutcome> {
  const started = performance.now();
  using watcher = Deno.watchFs(folder);
  const child = new Deno.Command("deno", {
    args: [...PROGRAM, ...line.split(" "), "--device", "cpu", "--quiet"],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const output = new Response(child.stderr).text();
  let over = false, killed = false;
  const kill = () => {
    if (over) return;
    killed = true;
    child.kill("SIGKILL");
  };
  let files = 0;
  const watching = (async () => {
    for await (const number of temporaryFiles(watcher, child.pid)) {
      files = Math.max(files, number + 1);
      if (moment?.kind !== "writing" || killed || number + 1 < moment.file) continue;
      if (moment.ms >= 1) await wait(moment.ms);
      kill();
    }
  })();
  const timer = moment?.kind === "time" ? setTimeout(kill, moment.ms) : undefined;
  const { code, signal } = await child.status;
  over = true;
  clearTimeout(timer);
  const stderr = await output;
  watcher.close();
  await watching;
  return {
    code: killed && signal === "SIGKILL" ? undefined : code,
    stderr,
    ms: performance.now() - started,
    files,
  };
}

/** The numbers of a process's temporary files, as they come to be. */
async function* temporaryFiles(watcher: Deno.FsWatcher, pid: number): AsyncGenerator<number> {
  for await (const { paths } of watcher) {
    for (const path of paths) {
      const [, process, number] = /\.graphon-limit-(\d+)-\w+-(\d+)\.tmp$/.exec(path) ?? [];
      if (Number(process) === pid) yield Number(number);
    }
  }
}
