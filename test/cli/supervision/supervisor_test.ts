import assert from "node:assert/strict";
import { exitCodeOf, signalsOf } from "../../../packages/cli/supervision/signals.ts";
import { Watched } from "../cli_process.ts";
import { inFolder, pathsBelow } from "../run_cli.ts";

const SIGNALS = signalsOf("linux");

/** Starts a command of the tests under supervision, in a folder with an old file. */
function start(kind: string, folder: string): Watched {
  Deno.writeTextFileSync(`${folder}/target`, "old");
  return new Watched(
    new Deno.Command("deno", {
      args: [
        ...["run", "-q", "--no-prompt", `--config=${Deno.realPathSync("deno.json")}`, "--allow-read"],
        ...["--allow-write", Deno.realPathSync("test/cli/supervision/supervised.ts"), kind, folder],
      ],
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
}

function test(name: string, run: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `supervisor: ${name}`,
    // Elsewhere there are other signals, and no way to send them.
    ignore: Deno.build.os === "windows",
    fn: () => inFolder(run),
  });
}

const target = (folder: string) => Deno.readTextFileSync(`${folder}/target`);

Deno.test("signals: their exit codes, and on Windows Ctrl-C alone", () => {
  assert.deepEqual(SIGNALS.map((signal) => [signal, exitCodeOf(signal)]), [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGUSR1", 138],
  ]);
  assert.deepEqual(signalsOf("win32"), ["SIGINT"]);
});

for (const signal of SIGNALS) {
  test(`${signal} ends a command that does not look up, and nothing of its files and folders remains`, async (folder) => {
    const run = start("stuck", folder);
    await run.until(/begun/);
    assert.equal(pathsBelow(folder).length, 5);
    const sent = performance.now();
    run.child.kill(signal);
    const { code, stderr } = await run.finish();
    assert.deepEqual([code, stderr], [exitCodeOf(signal), ["begun", "interrupted"]]);
    assert.ok(performance.now() - sent < 5000);
    assert.deepEqual(pathsBelow(folder), [`${folder}/target`]);
    assert.equal(target(folder), "old");
  });
}

test("a folder that something is in stays", async (folder) => {
  const run = start("stuck", folder);
  await run.until(/begun/);
  Deno.writeTextFileSync(`${folder}/made/mine`, "");
  run.child.kill("SIGTERM");
  await run.finish();
  assert.deepEqual(pathsBelow(folder).sort(), [`${folder}/made`, `${folder}/made/mine`, `${folder}/target`]);
});

test("a command says what its interruption means", async (folder) => {
  const run = start("explained", folder);
  await run.until(/begun/);
  run.child.kill("SIGINT");
  const { code, stderr } = await run.finish();
  assert.deepEqual([code, stderr], [130, ["begun", "interrupted; see below"]]);
});

test("a command that saves is waited for, and a signal that comes twice at once is one", async (folder) => {
  const run = start("saves", folder);
  await run.until(/begun/);
  for (let i = 0; i < 2; i++) run.child.kill("SIGTERM");
  const { code, stderr } = await run.finish();
  assert.deepEqual([code, stderr], [143, ["begun", "interrupted"]]);
  assert.equal(target(folder), "saved");
});

test("a second signal ends at once what would save, also of another kind", async (folder) => {
  const run = start("saving", folder);
  await run.until(/begun/);
  run.child.kill("SIGTERM");
  // It is heard, and said, while the command computes.
  await run.until(/have patience/);
  const sent = performance.now();
  run.child.kill("SIGINT");
  const { code, stderr } = await run.finish();
  assert.ok(performance.now() - sent < 5000);
  assert.deepEqual([code, stderr], [130, ["begun", "have patience", "interrupted"]]);
  assert.deepEqual(pathsBelow(folder), [`${folder}/target`]);
});

test("what is at hand has its time after a signal that announces the end, and none after another", async (folder) => {
  for (const signal of ["SIGTERM", "SIGUSR1", "SIGINT"] as const) {
    const run = start("atHand", folder);
    await run.until(/begun/);
    run.child.kill(signal);
    const { code, stderr } = await run.finish();
    const announced = signal !== "SIGINT";
    assert.deepEqual([code, stderr], [
      exitCodeOf(signal),
      ["begun", ...(announced ? ["have patience"] : []), "interrupted"],
    ]);
  }
});

test("files that are being put in their places all get there", async (folder) => {
  const run = start("placing", folder);
  await run.until(/begun/);
  run.child.kill("SIGTERM");
  const { code } = await run.finish();
  assert.equal(code, 143);
  assert.deepEqual([target(folder), Deno.readTextFileSync(`${folder}/other`)], ["new", "new"]);
});

test("a command that computes can look whether there was a signal", async (folder) => {
  const run = start("polls", folder);
  await run.until(/begun/);
  run.child.kill("SIGHUP");
  const { code, stderr } = await run.finish();
  assert.deepEqual([code, stderr], [129, ["begun", "heard: interrupted"]]);
});

test("who kills the launcher ends the command that it started", async (folder) => {
  const launcher = `
    const [kind, folder, program, config] = Deno.args;
    const args = ["run", "-q", "--no-prompt", "--config", config, "--allow-read", "--allow-write"];
    const child = new Deno.Command("deno", {
      args: [...args, "--allow-env=GRAPHON_LIMIT_LAUNCHER", program, kind, folder],
      env: { GRAPHON_LIMIT_LAUNCHER: String(Deno.pid) },
    });
    await child.spawn().status;`;
  Deno.writeTextFileSync(`${folder}/launcher.ts`, launcher);
  Deno.writeTextFileSync(`${folder}/target`, "old");
  const program = Deno.realPathSync("test/cli/supervision/supervised.ts");
  const child = new Deno.Command("deno", {
    args: [
      ...["run", "-q", "--no-prompt", "--allow-run=deno", `${folder}/launcher.ts`, "stuck", folder, program],
      Deno.realPathSync("deno.json"),
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const run = new Watched(child);
  await run.until(/begun/);
  child.kill("SIGKILL");
  // What the command's end closes.
  const { stderr } = await run.finish();
  assert.deepEqual(stderr, ["begun", "interrupted"]);
  assert.deepEqual(pathsBelow(folder).sort(), [`${folder}/launcher.ts`, `${folder}/target`]);
});

test("what breaks down is a defect; what ends has its own exit code", async (folder) => {
  const broken = await start("breaks", folder).finish();
  assert.equal(broken.code, 1);
  assert.match(broken.stderr.at(-1)!, /^error: .*odd.*\(a defect of this program; please report it\)$/);
  assert.equal((await start("done", folder).finish()).code, 7);
  assert.equal((await start("leaves", folder).finish()).code, 5);
  const { code, stderr } = await start("waits", folder).finish();
  assert.equal(code, 1);
  assert.match(stderr.join("\n"), /^error: the command waited for what never came \(a defect/);
});
