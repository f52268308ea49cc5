/**
 * Starts the command line with no more permissions than what it was told to do needs: to read the files that it names, to write
 * into the folders that it names, to reach the data sets' hosts where images are to be downloaded, and to start a batch system's
 * programs where it hands jobs to one.
 *
 *     launch.ts [--blas] [--dawn] <command> [option…]
 *
 * `--blas` lets it load the BLAS that `GRAPHON_LIMIT_BLAS` names, or an installed OpenBLAS; `--dawn` the npm package `webgpu`, which is
 * downloaded once, to `dawn/`.
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { cacheFolder, DATA_HOSTS } from "@graphon-limit/data";
import { linksFrom, PLATFORM } from "./host.ts";
import { grantsOf, type Surroundings, withoutComma } from "./shell/grants.ts";
import {
  BLAS_PLACES,
  BLAS_VARIABLE,
  DAWN_PACKAGE,
  DAWN_VARIABLE,
  TASK_VARIABLE,
} from "./shell/native_libraries.ts";
import { LAUNCHER, signalsOf } from "./supervision/signals.ts";

/** The environment's variables that the command line reads. */
const VARIABLES = [
  ...["XDG_RUNTIME_DIR", "DENO_WEBGPU_BACKEND", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"],
  ...["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", BLAS_VARIABLE, DAWN_VARIABLE, TASK_VARIABLE],
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

/** What the command may load besides, and the variables that tell it so. */
interface Native {
  readonly permissions: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** An installed BLAS, the user's own choice first; where there is none, the command multiplies by itself. */
function installedBlas(): Native {
  const library = Deno.env.get(BLAS_VARIABLE) || BLAS_PLACES.find((path) => surroundings.exists(path));
  if (library === undefined) {
    console.error(`No OpenBLAS is installed where it is looked for; set ${BLAS_VARIABLE} to its path`);
    return { permissions: [], variables: {} };
  }
  return { permissions: [`--allow-ffi=${library}`], variables: { [BLAS_VARIABLE]: library } };
}

/** Dawn's package, downloaded if need be. */
async function installedDawn(): Promise<Native> {
  const folder = fileURLToPath(new URL("../../dawn", import.meta.url));
  const module = `${folder}/node_modules/webgpu/index.js`;
  if (!surroundings.exists(module)) {
    console.error(`Downloading ${DAWN_PACKAGE}, which is Dawn, to ${folder}`);
    // Its own lock file says what is to be had, and that it is that.
    const { success } = await new Deno.Command("deno", {
      args: ["install", "-q", "--frozen"],
      cwd: folder,
      stdout: "null",
      stderr: "inherit",
    }).output();
    if (!success) throw new Error(`Expected ${DAWN_PACKAGE} but could not download it`);
  }
  const packages = withoutComma(`${folder}/node_modules`);
  return {
    permissions: [`--allow-read=${packages}`, `--allow-ffi=${packages}`],
    variables: { [DAWN_VARIABLE]: pathToFileURL(surroundings.real(module)).href },
  };
}

/** Runs the command line in a process of its own, and says its exit code. */
async function launch(args: readonly string[], native: readonly Native[]): Promise<number> {
  const { read, write, run, net } = grantsOf(args, surroundings);
  const readable = [...PROGRAM.map(withoutComma), ...read];
  const permissions = [
    `--allow-read=${readable.join()}`,
    ...(write.length > 0 ? [`--allow-write=${write.join()}`] : []),
    ...(run.length > 0 ? [`--allow-run=${run.join()}`] : []),
    ...(net ? [`--allow-net=${DATA_HOSTS.join()}`] : []),
    ...native.flatMap(({ permissions }) => permissions),
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
    env: Object.assign({ [LAUNCHER]: `${Deno.pid}` }, ...native.map(({ variables }) => variables)),
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
  const own = Deno.args.findIndex((word) => word !== "--blas" && word !== "--dawn");
  const before = own < 0 ? Deno.args : Deno.args.slice(0, own);
  const native = [
    ...(before.includes("--blas") ? [installedBlas()] : []),
    ...(before.includes("--dawn") ? [await installedDawn()] : []),
  ];
  const task = {
    permissions: [],
    variables: { [TASK_VARIABLE]: ["cli", ...before.map((word) => word.slice(2))].join(":") },
  };
  Deno.exit(await launch(Deno.args.slice(before.length), [task, ...native]));
}
