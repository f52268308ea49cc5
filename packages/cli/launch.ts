/**
 * Starts the command line with no more permissions than what it was told to do needs: to read the files that it names, to write
 * into the folders that it names, to reach the data sets' hosts where images are to be downloaded, and to start a batch system's
 * programs where it hands jobs to one.
 */
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, DATA_HOSTS } from "@graphon-limit/data";
import { PLATFORM } from "./host.ts";
import { grantsOf, type Surroundings, withoutComma } from "./shell/grants.ts";
import { LAUNCHER, signalsOf } from "./supervision/signals.ts";

/** The environment's variables that the command line reads. */
const VARIABLES = [
  ...["XDG_RUNTIME_DIR", "DENO_WEBGPU_BACKEND", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"],
  ...["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GRAPHON_LIMIT_BLAS"],
];

/** The program's own modules, which the command's thread loads. */
const PROGRAM = ["../../packages", "../../shaders"].map((folder) =>
  fileURLToPath(new URL(folder, import.meta.url))
);

const surroundings: Surroundings = {
  exists: (path) => lookAt(path, Deno.lstatSync) !== undefined,
  real: (path) => lookAt(path, Deno.realPathSync) ?? path,
  links: linksFrom,
  cache: lookAt("", () => cacheFolder()),
};

function lookAt<T>(path: string, look: (path: string) => T): T | undefined {
  try {
    return look(path);
  } catch {
    // What cannot be looked at is not granted, and said when it is opened.
    return undefined;
  }
}

/** Links that are followed one after another, as Linux does. */
const MOST_LINKS = 40;

function linksFrom(path: string): string[] {
  const found = [path];
  for (let next = path; found.length <= MOST_LINKS; found.push(next)) {
    const led = lookAt(next, Deno.readLinkSync);
    if (led === undefined) break;
    next = resolve(lookAt(dirname(next), Deno.realPathSync) ?? dirname(next), led);
  }
  return found;
}

/** Runs the command line in a process of its own, and says its exit code. */
async function launch(args: readonly string[]): Promise<number> {
  const { read, write, run, net } = grantsOf(args, surroundings);
  const readable = [...PROGRAM.map(withoutComma), ...read];
  const blas = Deno.env.get("GRAPHON_LIMIT_BLAS");
  const permissions = [
    `--allow-read=${readable.join()}`,
    ...(write.length > 0 ? [`--allow-write=${write.join()}`] : []),
    ...(run.length > 0 ? [`--allow-run=${run.join()}`] : []),
    ...(net ? [`--allow-net=${DATA_HOSTS.join()}`] : []),
    ...(blas && Deno.args[0] === "--blas" ? [`--allow-ffi=${blas}`] : []),
    // The programs that a command starts get the whole environment, and jobs theirs: it has to be read for that.
    run.length > 0 ? "--allow-env" : `--allow-env=${[...VARIABLES, LAUNCHER].join()}`,
    "--allow-sys=systemMemoryInfo",
  ];
  const script = new URL("./cli.ts", import.meta.url).href;
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  let child: Deno.ChildProcess | undefined = undefined;
  // A terminal sends its signals to both; what is sent to this process alone is passed on.
  for (const signal of signalsOf(PLATFORM)) {
    Deno.addSignalListener(signal, () => child && forward(child, signal));
  }
  child = new Deno.Command("deno", {
    args: ["run", "-q", "--no-prompt", `--config=${config}`, ...permissions, script, ...args],
    env: { [LAUNCHER]: `${Deno.pid}` },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const { code } = await child.status;
  return code;
}

function forward(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) {
  Deno.exit(await launch(Deno.args[0] === "--blas" ? Deno.args.slice(1) : Deno.args));
}
