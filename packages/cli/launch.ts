/**
 * Starts the command line with no more permissions than what it was told to do needs: to read the files that it names, to write
 * into the folders that it names, and to reach the data sets' hosts where images are to be downloaded.
 */
import { fileURLToPath } from "node:url";
import { cacheFolder, DATA_HOSTS } from "@graphon-limit/data";
import { grantsOf, type Surroundings } from "./shell/grants.ts";

/** The environment's variables that the command line reads. */
const VARIABLES = [
  ...["XDG_RUNTIME_DIR", "DENO_WEBGPU_BACKEND", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"],
  ...["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GRAPHON_LIMIT_BLAS"],
];

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

const surroundings: Surroundings = {
  exists: (path) => lookAt(path, Deno.lstatSync) !== undefined,
  real: (path) => lookAt(path, Deno.realPathSync) ?? path,
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

/** Runs the command line in a process of its own, and says its exit code. */
async function launch(args: readonly string[]): Promise<number> {
  const { read, write, net } = grantsOf(args, surroundings);
  const blas = Deno.env.get("GRAPHON_LIMIT_BLAS");
  const permissions = [
    ...(read.length > 0 ? [`--allow-read=${read.join()}`] : []),
    ...(write.length > 0 ? [`--allow-write=${write.join()}`] : []),
    ...(net ? [`--allow-net=${DATA_HOSTS.join()}`] : []),
    ...(blas && Deno.args[0] === "--blas" ? [`--allow-ffi=${blas}`] : []),
    `--allow-env=${VARIABLES.join()}`,
    "--allow-sys=systemMemoryInfo",
  ];
  const script = new URL("./cli.ts", import.meta.url).href;
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const child = new Deno.Command("deno", {
    args: ["run", "-q", "--no-prompt", `--config=${config}`, ...permissions, script, ...args],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  // A terminal sends its signals to both; what is sent to this process alone is passed on.
  for (const signal of SIGNALS) Deno.addSignalListener(signal, () => forward(child, signal));
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
