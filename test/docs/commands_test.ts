import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { inFolder } from "../cli/run_cli.ts";
import { DOCUMENTS } from "./documents.ts";
import { type Step, stepsOf } from "./document.ts";
import { blocksOf } from "./markdown.ts";
import { writeStandIn } from "./pytorch_stand_in.ts";
import { differenceOf } from "./same_output.ts";

// Every command of the user's documents, run in order in a folder of the document's own, with the permissions that its task
// grants; where a document shows the output, it is compared.

const config = `--config=${Deno.realPathSync("deno.json")}`;

/** What a command needs of the repository beside its configuration. */
const NEEDED = ["scripts"];

/** A Python with PyTorch; without it a stand-in writes what PyTorch would. */
const python = Deno.env.get("GRAPHON_LIMIT_PYTORCH");

interface Run {
  readonly code: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

async function spawn(program: string, args: readonly string[], cwd: string, env = {}): Promise<Run> {
  const command = new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { XDG_RUNTIME_DIR: "/tmp", DENO_WEBGPU_BACKEND: "vulkan,metal,dx12", ...env },
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const lines = (bytes: Uint8Array) => new TextDecoder().decode(bytes).split("\n");
  return { code, stdout: lines(stdout), stderr: lines(stderr) };
}

function check({ where, ...step }: Step, { code, stdout, stderr }: Run): void {
  assert.equal(code, 0, `${where}: ${stderr.join("\n")}`);
  if (step.kind === "file" || step.shown === undefined) return;
  const difference = differenceOf(stdout.join("\n"), step.shown);
  assert.equal(difference, undefined, `${where}: ${difference}; all of it:\n${stdout.join("\n")}`);
}

/** Runs command lines one after the other in one process, which takes longer to start than most of them to run. */
async function runCommands(steps: readonly Step[], folder: string): Promise<void> {
  // What the launcher grants each of them is for grants_test: one process has it all.
  const flags = [
    "--no-prompt",
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--allow-sys=systemMemoryInfo",
  ];
  const runner = Deno.realPathSync("test/docs/run_commands.ts");
  const commands = JSON.stringify(steps.map((step) => step.kind === "cli" ? step.args : []));
  const { stdout, stderr } = await spawn("deno", ["run", "-q", config, ...flags, runner, commands], folder);
  const runs = stdout.filter((line) => line !== "").map((line): Run => JSON.parse(line));
  runs.forEach((run, i) => check(steps[i], run));
  assert.equal(runs.length, steps.length, stderr.join("\n"));
}

/** Runs a Python program of a document; without PyTorch, sees to it that what it would write or read is there. */
async function runPython(program: string, folder: string): Promise<Run> {
  if (python) {
    const packaged = await spawn(python, ["-c", "import safetensors.torch"], folder);
    const own = ["python", ...(packaged.code === 0 ? [] : ["test/docs/python", "test/pytorch"])];
    const path = own.map((path) => Deno.realPathSync(path)).join(":");
    return await spawn(python, [program], folder, { PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: "1" });
  }
  const text = Deno.readTextFileSync(join(folder, program));
  // What runs the commands itself leaves nothing to those after it.
  if (text.includes("import graphon_limit")) return { code: 0, stdout: [], stderr: [] };
  if (text.includes("save_file(")) await writeStandIn(folder);
  const files = [...text.matchAll(/"(out\/[^"{]+\.safetensors)"/g)].map(([, path]) => path);
  assert.ok(files.length > 0, `${program} reads and writes nothing`);
  for (const file of files) assert.ok(Deno.statSync(join(folder, file)).isFile, file);
  return { code: 0, stdout: [], stderr: [] };
}

async function runStep(step: Exclude<Step, { kind: "cli" }>, folder: string): Promise<void> {
  if (step.kind === "file") {
    Deno.mkdirSync(dirname(join(folder, step.path)), { recursive: true });
    Deno.writeTextFileSync(join(folder, step.path), `${step.text}\n`);
  } else if (step.kind === "deno") {
    const [verb, ...rest] = step.args;
    check(step, await spawn("deno", [verb, "-q", "--check", "--no-prompt", config, ...rest], folder));
  } else {
    const run = await runPython(step.args.join(" "), folder);
    check(python ? step : { ...step, shown: undefined }, run);
  }
}

async function runSteps(steps: readonly Step[], folder: string): Promise<void> {
  for (const path of NEEDED) copyFolder(path, join(folder, path));
  for (let at = 0; at < steps.length;) {
    const end = steps.findIndex(({ kind }, i) => i >= at && kind !== "cli");
    const commands = steps.slice(at, end < 0 ? steps.length : end);
    if (commands.length > 0) await runCommands(commands, folder);
    at += commands.length;
    const step = steps[at++];
    if (step && step.kind !== "cli") await runStep(step, folder);
  }
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isFile } of Deno.readDirSync(from)) {
    if (isFile) Deno.copyFileSync(join(from, name), join(to, name));
  }
}

for (const path of DOCUMENTS) {
  const { steps } = stepsOf(path, Deno.readTextFileSync(path));
  if (steps.length === 0) continue;
  Deno.test(`${basename(path)}: its commands run and print what it shows`, () =>
    inFolder((folder) => runSteps(steps, folder)));
}

Deno.test("documents: the commands that no test runs are few, and each says why", () => {
  const reasons = DOCUMENTS.flatMap((path) => stepsOf(path, Deno.readTextFileSync(path)).notRun);
  assert.ok(reasons.length <= 12, reasons.join("\n"));
  for (const reason of reasons) {
    const tested = reason.match(/test\/\S+_test\.ts/)?.[0];
    if (tested) assert.ok(Deno.statSync(tested).isFile, reason);
    else assert.match(reason, /^(installs|downloads|takes) /, reason);
  }
});

Deno.test("documents: every one shows a command somewhere, and none outside a block that is run", () => {
  const commands = DOCUMENTS.flatMap((path) => stepsOf(path, Deno.readTextFileSync(path)).steps);
  assert.ok(commands.filter(({ kind }) => kind === "cli").length >= 15, `${commands.length}`);
  for (const path of DOCUMENTS) {
    Deno.readTextFileSync(path).split("\n").forEach((line, at) => {
      assert.doesNotMatch(line, /^ {4,}\$? ?(?:npx|deno|python3) /, `${path}:${at + 1} is not fenced`);
    });
  }
});

Deno.test("documents: their TypeScript is checked and runs", async () => {
  for (const path of DOCUMENTS) {
    const blocks = blocksOf(Deno.readTextFileSync(path));
    for (const { language, attributes, comment, line } of blocks) {
      if (!/^(ts|typescript)$/.test(language) || attributes === "") continue;
      // Programs that need what the document made before them are run as files.
      const file = comment?.match(/^file: (\S+)$/)?.[1];
      const run = blocks.some(({ language, text }) =>
        language === "sh" && text.includes("deno run ") && file !== undefined && text.includes(file)
      );
      assert.ok(run, `${path}:${line} is neither checked nor run`);
    }
  }
  const args = ["test", "-q", "--doc", "--no-prompt", "--allow-read", ...DOCUMENTS];
  const { code, stdout, stderr } = await spawn("deno", args, ".", { NO_COLOR: "1" });
  assert.equal(code, 0, [...stdout, ...stderr].join("\n"));
  assert.match(stdout.join("\n"), /ok \| [1-9]\d* passed \| 0 failed/);
});
