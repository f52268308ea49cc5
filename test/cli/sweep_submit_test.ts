import assert from "node:assert/strict";
import fc from "fast-check";
import { packJobs } from "../../packages/cli/sweep/packing.ts";
import { arrayParts, sbatchArguments } from "../../packages/cli/sweep/slurm.ts";
import { filesBelow, inFolder, runCli } from "./run_cli.ts";

const cli = async (line: string, code = 0) => {
  const run = await runCli(...line.split(" "));
  assert.equal(run.code, code, run.stderr.join("\n"));
  return run;
};
const result = async (line: string) => JSON.parse((await cli(`${line} --json`)).stdout[0]);

/** A plan of so many tasks, one of which fails. */
async function writePlan(folder: string, trials: number): Promise<string> {
  const grid = { kind: "mask-histogram", method: ["random", "dense"], width: 8, sparsity: 0.5, trials };
  Deno.writeTextFileSync(`${folder}/grid.json`, JSON.stringify(grid));
  const out = `${folder}/tasks.jsonl`;
  await cli(`sweep plan --grid ${folder}/grid.json --dataset digits --quick --device cpu --out ${out}`);
  return out;
}

Deno.test("packing: no job without a task, none shorter than is worth its start unless asked for", () => {
  const amounts = fc.record({
    tasks: fc.integer({ min: 1, max: 100_000 }),
    seconds: fc.double({ min: 0.001, max: 1e7, noNaN: true }),
    atOnce: fc.option(fc.integer({ min: 1, max: 2000 }), { nil: undefined }),
  });
  fc.assert(fc.property(amounts, ({ tasks, seconds, atOnce }) => {
    const { jobs, secondsPerJob } = packJobs(tasks, seconds, { atOnce });
    assert.ok(jobs >= 1 && jobs <= tasks);
    assert.ok(Math.abs(jobs * secondsPerJob - seconds) <= 1e-9 * seconds);
    // All of those that run at one time, one ending after the other: no more than five a minute, unless there is one job alone.
    const least = Math.max(900, (atOnce ?? 50) * 12);
    assert.ok(jobs === 1 || seconds / (jobs - 1) >= least);
    assert.ok(jobs === tasks || secondsPerJob <= least);
  }));
  assert.equal(packJobs(101, 5, { tasksPerJob: 50 }).jobs, 3);
});

Deno.test("arrays: every share once, none longer than the cluster takes, one after the other where few may run", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 100 }), (shards, longest) => {
      const shares = arrayParts(shards, longest).flatMap(({ after, count }) => {
        assert.ok(count >= 1 && count <= longest);
        return Array.from({ length: count }, (_, at) => after + at + 1);
      });
      assert.deepEqual(shares, Array.from({ length: shards }, (_, at) => at + 1));
    }),
  );
  const part = { after: 1000, count: 7 };
  assert.deepEqual(sbatchArguments("s", part, undefined, "12"), ["--parsable", "--array=1-7", "s", "1000"]);
  assert.deepEqual(sbatchArguments("s", part, 3, "12"), [
    ...["--parsable", "--array=1-7%3", "--dependency=afterany:12", "s", "1000"],
  ]);
});

Deno.test("submit --dry-run: a script to read, and what would be called", () =>
  inFolder(async (folder) => {
    const plan = await writePlan(folder, 5), store = `${folder}/s`;
    const { commands, jobs, tasks, folder: place } = await result(
      `sweep submit ${plan} --store ${store} --engine slurm --tasks-per-job 2 --array-size 3 --at-once 2 --gpus a100:1 ` +
        "--partition gpu --cpus 4 --sbatch account=physics --sbatch mem=8G --time-limit 90 --device webgpu --backend dawn --adapter a100 --dry-run",
    );
    assert.deepEqual([jobs, tasks], [5, 10]);
    assert.deepEqual(commands, [
      `sbatch --parsable --array=1-3%2 ${place}/job.sh 0`,
      `sbatch --parsable --array=1-2%2 --dependency=afterany:JOB ${place}/job.sh 3`,
    ]);
    const script = Deno.readTextFileSync(`${place}/job.sh`), given = script.match(/(?<=^#SBATCH --).*$/gm)!;
    for (
      const option of [
        ...["requeue", "signal=B:USR1@120", "time=90", "partition=gpu", "gpus=a100:1", "cpus-per-task=4"],
        ...["account=physics", "mem=8G", "open-mode=append", `output=${place}/logs/%A_%a.log`],
      ]
    ) assert.ok(given.includes(option), option);
    assert.match(
      script,
      /deno task --quiet cli sweep run \S+tasks\.jsonl --store \S+\/s --device webgpu --backend dawn --adapter a100 --grace 90 --shard "\$\(\( \$\{1:-0\} \+ SLURM_ARRAY_TASK_ID \)\)"\/5 &/,
    );
    // Nothing was recorded as meant.
    assert.ok(filesBelow(store).every((path) => !path.endsWith("submission.json")));
  }));

Deno.test("submit: other engines take command lines that do the shares; what is done is not submitted again", () =>
  inFolder(async (folder) => {
    const plan = await writePlan(folder, 2),
      submit = `sweep submit ${plan} --store ${folder}/s --device cpu --engine`;
    const { commands: [parallel], folder: place, jobs } = await result(
      `${submit} parallel --tasks-per-job 1 --at-once 3`,
    );
    assert.equal(
      parallel,
      `parallel --jobs 3 --joblog ${place}/joblog --resume-failed < ${place}/commands.txt`,
    );
    const lines = Deno.readTextFileSync(`${place}/commands.txt`).trimEnd().split("\n");
    assert.deepEqual([lines.length, jobs], [4, 4]);
    const [, words] = /^cd \S+ && deno task --quiet cli (.* --shard 1\/4)$/.exec(lines[0])!;
    await cli(words);
    assert.equal(filesBelow(`${folder}/s/tasks`).length, 1);

    const hq = await result(`${submit} hyperqueue --cpus 2`);
    assert.deepEqual(hq.commands, [`hq submit ${hq.folder}/job.sh`]);
    assert.equal(hq.tasks, 3);
    const script = Deno.readTextFileSync(`${hq.folder}/job.sh`);
    assert.match(script, /^#HQ --array=1-1$[^]*^#HQ --cpus=2$[^]*--shard "\$HQ_TASK_ID"\/1$/m);
    const files = await result(`${submit} files`);
    assert.deepEqual(files.commands, [`${files.folder}/commands.txt`]);
  }));

Deno.test("status: what is done, what failed and why, and a submission that was cut short", () =>
  inFolder(async (folder) => {
    const plan = await writePlan(folder, 1), words = `${plan} --store ${folder}/s`;
    const before = await result(`sweep status ${words}`);
    assert.deepEqual([before.tasks, before.done, before.failed, before.jobs], [2, 0, [], undefined]);
    await cli(`sweep run ${words} --device cpu`, 1);
    const { stdout } = await cli(`sweep status ${words}`);
    assert.equal(stdout[0].split("\n")[0], "1 of 2 tasks done, 1 failed, 1 to do");
    assert.match(
      stdout[0],
      /^failed: dense, 3 × 8, he, trial 1, histograms: Expected a sparsity that removes weights/m,
    );
    // The tests may not start Slurm's programs, be there any: what was meant is on record all the same.
    const { stderr } = await cli(`sweep submit ${words} --engine slurm`, 1);
    assert.match(stderr.at(-1)!, /^error: sbatch: /);
    assert.match(
      (await result(`sweep status ${words}`)).notices.join("\n"),
      /: the submission was cut short; squeue --name=/,
    );
  }));

Deno.test("submit: what is wrong is one line", () =>
  inFolder(async (folder) => {
    const plan = await writePlan(folder, 1), submit = `sweep submit ${plan} --store ${folder}/s`;
    const line = async (rest: string) => (await cli(`${submit} ${rest}`, 2)).stderr.at(-1)!;
    assert.match(await line("--engine slrum"), /--engine to be one of slurm, hyperqueue.*"slrum"/);
    assert.match(await line("--engine files --partition gpu"), /--partition only with --engine slurm/);
    assert.match(
      await line("--engine slurm --sbatch --mem=8G"),
      /--sbatch to be an option of sbatch.*"--mem=8G"/,
    );
  }));
