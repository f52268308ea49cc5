import { canonicalJson } from "@graphon-limit/study";
import { startSlurm, until } from "../../scripts/slurm/local_slurm.ts";
import { filesBelow } from "../cli/run_cli.ts";

// A sweep of 200 tasks on a Slurm of its own, in a folder: two workers are killed and one is put into the queue again, each in the middle.
// Prints what was seen as a line of JSON. It runs as a program of its own, with the permissions that a test has not.

/** What was seen. */
export interface Seen {
  readonly shares: number;
  /** Tasks done when the queue was empty, and those that the next run computed and found. */
  readonly left: number;
  readonly computed: number;
  readonly found: number;
  /** Records that the next run changed, and those that differ from a serial run's, times apart. */
  readonly changed: number;
  readonly different: number;
  readonly records: number;
  /** Records of the share that was put into the queue again when it was, and what its second start found. */
  readonly before: number;
  readonly again: number;
  /** A second submission while jobs were queued, and `status` then and at the end. */
  readonly refused: string;
  readonly waiting: number;
  readonly status: {
    readonly done: number;
    readonly missing: number;
    readonly jobs: { readonly running: number };
  };
}

const [folder] = Deno.args,
  plan = `${folder}/tasks.jsonl`,
  shared = `${folder}/shared`,
  serial = `${folder}/serial`;
const GRID = { kind: "training", method: "snip", width: 64, sparsity: 0.5, samplesPerClass: 2, steps: 40 };

/** The exit code where the daemons cannot run on this machine: in some sandboxes they cannot. */
const NOT_STARTED = 69;

const slurm = await startSlurm(`${folder}/slurm`).catch((error): never => {
  console.error(error instanceof Error ? error.message : String(error));
  Deno.exit(NOT_STARTED);
});
try {
  console.log(JSON.stringify(await sweep()));
} finally {
  await slurm.stop();
}

/** Runs the command line as its task does. */
async function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command("deno", {
    args: ["task", "-q", "cli", ...args, "--device", "cpu", "--json"],
    env: slurm.env,
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output(), decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The same of a command that is to end well; its result. */
async function result(...args: string[]) {
  const { code, stdout, stderr } = await cli(...args);
  if (code !== 0) throw new Error(`${args.join(" ")}: ${code}\n${stderr}`);
  return JSON.parse(stdout);
}

async function sweep(): Promise<Seen> {
  Deno.writeTextFileSync(`${folder}/grid.json`, JSON.stringify({ ...GRID, trials: 200 }));
  await result(
    "sweep",
    "plan",
    "--grid",
    `${folder}/grid.json`,
    "--dataset",
    "digits",
    "--quick",
    "--out",
    plan,
  );
  const words = [plan, "--store", shared], submit = ["sweep", "submit", ...words, "--engine", "slurm"];
  const { jobs: shares, folder: jobs } = await result(...submit, "--tasks-per-job", "50");
  const job = JSON.parse(Deno.readTextFileSync(`${jobs}/submission.json`)).arrays[0].job as string;
  const shareOf = sharesOf(`${jobs}/tasks.jsonl`, shares);
  const done = (share: number) => recordPaths(shared).filter((path) => shareOf(path) === share).length;
  const inTheMiddle = (share: number) => until(`share ${share} is in its middle`, () => done(share) >= 5);

  await Promise.all([inTheMiddle(1), inTheMiddle(2)]);
  await kill(`${job}_1`);
  // It stays in the queue until it is let go.
  await slurm.ask("scontrol", "requeuehold", `${job}_2`);
  const before = done(2);
  await inTheMiddle(3);
  await kill(`${job}_3`);
  const refused = (await cli(...submit)).stderr;
  const { jobs: { waiting } } = await result("sweep", "status", ...words);
  await slurm.ask("scontrol", "release", `${job}_2`);
  await until("the queue is empty", async () => (await slurm.ask("squeue", "--noheader")).trim() === "");

  const first = contents(shared), left = recordPaths(shared).length;
  const again = Number(/(\d+) were done already/.exec(lastLines(jobs, job, 2))?.[1] ?? -1);
  const { computed, found } = await result("sweep", "run", ...words);
  const after = contents(shared),
    changed = Object.keys(first).filter((path) => first[path] !== after[path]).length;
  await result("sweep", "run", plan, "--store", serial);
  const wanted = timeless(serial), made = timeless(shared), paths = Object.keys({ ...wanted, ...made });
  const different = paths.filter((path) => wanted[path] !== made[path]).length;
  const status = await result("sweep", "status", ...words);
  return {
    ...{ shares, left, computed, found, changed, different, records: paths.length },
    ...{ before, again, refused, waiting, status },
  };
}

/** Kills every process of a job, as a machine does that runs out of memory; Slurm itself would ask them to end first. */
async function kill(job: string): Promise<void> {
  const number = (await slurm.ask("squeue", "--noheader", "--array", `--jobs=${job}`, "--format=%A")).trim();
  const lines = (await slurm.ask("scontrol", "listpids")).split("\n").map((line) => line.trim().split(/\s+/));
  const processes = lines.filter(([, of]) => of === number).map(([id]) => id);
  await slurm.ask("bash", "-c", `kill -KILL ${processes.join(" ")}`);
}

/** Which share a record is of: shares are stretches of the plan, each of as many tasks as its estimates make it. */
function sharesOf(path: string, shares: number): (record: string) => number {
  const tasks = Deno.readTextFileSync(path).trim().split("\n").slice(1).map((line) => JSON.parse(line));
  const size = tasks.length / shares;
  const places = new Map(tasks.map(({ digest }, at) => [digest as string, Math.floor(at / size) + 1]));
  return (record) => places.get(record.slice(-69, -5)) ?? 0;
}

function recordPaths(store: string): string[] {
  try {
    return filesBelow(`${store}/tasks`).filter((path) => path.endsWith(".json"));
  } catch {
    return [];
  }
}

/** A job's log. */
function lastLines(jobs: string, job: string, share: number): string {
  return Deno.readTextFileSync(`${jobs}/logs/${job}_${share}.log`);
}

function contents(store: string): Record<string, string> {
  return Object.fromEntries(recordPaths(store).map((path) => [path.slice(-69), Deno.readTextFileSync(path)]));
}

/** Records without how long they took, and the checksum that is of that, too. */
function timeless(store: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(contents(store)).map(([path, text]) => {
      const { seconds: _, checksum: __, ...rest } = JSON.parse(text);
      return [path, canonicalJson(rest)];
    }),
  );
}
