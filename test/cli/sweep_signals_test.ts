import assert from "node:assert/strict";
import { exitCodeOf } from "../../packages/cli/supervision/signals.ts";
import { start, Watched } from "./cli_process.ts";
import { filesBelow, inFolder, runCli } from "./run_cli.ts";

// Signals to a worker of a sweep, started as a batch system does.

/** A plan of many small tasks, or of a few that take minutes. */
async function writePlan(folder: string, steps: number): Promise<string> {
  const grid = { kind: "training", method: "random", width: 16, sparsity: 0.5, steps, trials: 3000 };
  Deno.writeTextFileSync(`${folder}/grid.json`, JSON.stringify(grid));
  const out = `${folder}/tasks.jsonl`, images = ["--dataset", "digits", "--quick", "--device", "cpu"];
  const { code } = await runCli("sweep", "plan", "--grid", `${folder}/grid.json`, ...images, "--out", out);
  assert.equal(code, 0);
  return out;
}

function records(store: string): string[] {
  try {
    return filesBelow(`${store}/tasks`);
  } catch {
    return [];
  }
}

function test(name: string, run: (folder: string) => Promise<void>): void {
  Deno.test({ name: `sweep: ${name}`, ignore: Deno.build.os === "windows", fn: () => inFolder(run) });
}

for (const [signal, jobs] of [["SIGUSR1", 1], ["SIGTERM", 2]] as const) {
  test(`${signal} lets what ${jobs} have at hand be finished, and says how many tasks are left`, async (folder) => {
    const plan = await writePlan(folder, 2), store = `${folder}/s`;
    const run = new Watched(
      start(["sweep", "run", plan, "--store", store, "--device", "cpu", "--jobs", `${jobs}`]),
    );
    await run.untilTrue(() => records(store).length > 3);
    run.child.kill(signal);
    const { code, stderr } = await run.finish();
    assert.equal(code, exitCodeOf(signal));
    const [, left] = /^interrupted; .*goes on from there: (\d+) of 3000 tasks are left$/.exec(
      stderr.at(-1)!,
    )!;
    const paths = records(store);
    assert.equal(paths.length, 3000 - Number(left));
    for (const path of paths) assert.match(path, /\/[0-9a-f]{64}\.json$/);
  });
}

test("a task that does not end in time is given up, and nothing of it stays", async (folder) => {
  const plan = await writePlan(folder, 100_000_000), store = `${folder}/s`;
  const words = ["sweep", "run", plan, "--store", store, "--device", "cpu", "--grace", "1"];
  const run = new Watched(start(words));
  // What a worker says of its progress comes after two seconds.
  await run.until(/^tasks: 0\/3000/m);
  run.child.kill("SIGUSR1");
  const { code, stderr } = await run.finish();
  assert.deepEqual([code, stderr.at(-1)], [
    138,
    "interrupted; what is done is kept, and the same command goes on from there",
  ]);
  assert.deepEqual(records(store), []);
});
