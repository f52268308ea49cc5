import assert from "node:assert/strict";
import fc from "fast-check";
import {
  COMMON,
  Failures,
  FolderStore,
  formatPlan,
  gatherExperiments,
  gatherGrid,
  gridTasks,
  type Json,
  type Lab,
  Laboratory,
  MemoryStore,
  parseGrid,
  parsePlan,
  partOfPlan,
  planSweep,
  QUICK_SCALE,
  registerKind,
  roughMemory,
  roughWork,
  runPlanned,
  type Scale,
  shardOf,
  type SweepQuestion,
  taskKey,
  TimeModel,
} from "@graphon-limit/study";
import { watchWrites } from "@graphon-limit/data";
import { DeviceLostError, InvalidArgumentError, openDevice } from "@graphon-limit/runtime";
import { filesBelow, inFolder } from "../cli/run_cli.ts";
import { oneLine } from "../runtime/support.ts";
import { networkParams, openTestLab } from "./support.ts";

const scaleOf = (lab: Lab): Scale => ({
  ...QUICK_SCALE,
  ...{ widths: [8, 12], widthsR1: [8, 12], graphonTrials: 3, graphonSparsities: [0.5] },
  common: { ...COMMON, data: lab.data, seed: 3 },
});
const images = { dataset: "digits", count: 400, seed: 1, normalise: "standard", local: false };
const question = (lab: Lab, given: Partial<SweepQuestion> = {}): SweepQuestion => ({
  ...{ images, experiments: ["F5", "F6"], grid: null, scale: scaleOf(lab) },
  ...given,
});
const GRID = {
  kind: "training",
  method: ["snip", "random"],
  width: [8, 12],
  sparsity: 0.5,
  steps: 3,
  trials: 2,
};

Deno.test("plan: reads as it was written, whatever part of it; one question has one digest", async () => {
  using lab = await openTestLab();
  const plan = await planSweep(question(lab, { grid: parseGrid(GRID, 3, "grid") }));
  assert.equal(plan.tasks.length, 3 + 3 + 8);
  const part = await partOfPlan(plan, plan.tasks.slice(2, 5));
  const timed = await partOfPlan(plan, plan.tasks.map((one, at) => ({ ...one, seconds: at + 0.5 })));
  assert.equal(timed.digest, plan.digest);
  for (const one of [plan, part, timed]) assert.deepEqual(await parsePlan(formatPlan(one), "p"), one);
  assert.equal((await planSweep(question(lab, { grid: parseGrid(GRID, 3, "g") }))).digest, plan.digest);
  assert.notEqual(part.digest, plan.digest);
  assert.notEqual((await planSweep(question(lab))).digest, plan.digest);
});

Deno.test("plan: a file that was changed, cut short or is none is one line that says where", async () => {
  using lab = await openTestLab();
  const text = formatPlan(await planSweep(question(lab))), lines = text.split("\n");
  const cases: [string, ...string[]][] = [
    ["", "line 1", "sweep plan", "nothing"],
    ["{}", "line 1", "sweep plan"],
    ["null\n", "line 1"],
    [text.replace('"plan":1', '"plan":9'), "line 1", "form 1", "9"],
    [text.slice(0, -20), `line ${lines.length - 1}`, "JSON"],
    [lines.slice(0, 3).join("\n"), "line 3", "6 tasks", "2"],
    [
      lines.map((line, at) => at === 2 ? line.replace('"trial":1', '"trial":7') : line).join("\n"),
      "line 3",
      "changed",
    ],
    [lines.map((line, at) => at === 3 ? "null" : line).join("\n"), "line 4", "changed"],
    [text.replace('"graphonTrials":3', '"graphonTrials":4'), "line 1", "changed"],
    [[lines[0], lines[2], lines[1], ...lines.slice(3)].join("\n"), "line 1", "changed"],
  ];
  for (const [damaged, ...words] of cases) {
    await assert.rejects(parsePlan(damaged, "p.jsonl"), oneLine(InvalidArgumentError, "p.jsonl", ...words));
  }
});

Deno.test("grid: every configuration once; what is not a value of its parameter is named", async () => {
  using lab = await openTestLab();
  const grid = parseGrid({ ...GRID, learningRate: [0.1, 0.2], seed: [1, 2] }, 3, "grid"),
    tasks = gridTasks(grid, lab);
  assert.equal(new Set(tasks.map(taskKey)).size, 2 * 2 * 2 * 2 * 2);
  assert.equal(tasks.length, 32);
  // A grid of one is the task that the library's own kind makes.
  const { seed, method, width, hidden, sparsity, ...common } = networkParams(lab, { hidden: 3, width: 8 });
  const [one] = gridTasks(parseGrid({ ...GRID, method, width, sparsity, seed }, 3, "g"), lab);
  assert.deepEqual(one.params, {
    ...{ ...common, seed, method, width, hidden, sparsity },
    ...{ learningRate: 0.001, batchSize: 64, steps: 3 },
  });
  const wrong: [Json, ...string[]][] = [
    [[], "object"],
    [{ ...GRID, kind: "train" }, "kind", "training", '"train"'],
    [{ ...GRID, learningrate: 1 }, "parameter", "learningRate", '"learningrate"'],
    [{ kind: "training", width: 8, sparsity: 0.5 }, "method", "snip"],
    [{ ...GRID, method: ["snip", "snap"] }, "method", '"snap"'],
    [{ ...GRID, sparsity: [0.5, 1] }, "sparsity", "below 1", "1"],
    [{ ...GRID, width: [] }, "width"],
    [{ ...GRID, hidden: null }, "hidden", "null"],
    [{ ...GRID, trials: 0 }, "trials", "0"],
    [{ ...GRID, samples: 64 }, '"samples"'],
  ];
  for (const [given, ...words] of wrong) {
    assert.throws(
      () => parseGrid(given, 3, "grid.json"),
      oneLine(InvalidArgumentError, "grid.json", ...words),
    );
  }
});

Deno.test("shards: each item in exactly one, neighbours together, costs even", () => {
  const costs = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { maxLength: 60 });
  fc.assert(fc.property(costs, fc.integer({ min: 1, max: 12 }), (costs, count) => {
    const items = costs.map((_, at) => at), cost = (at: number) => costs[at];
    const shards = Array.from({ length: count }, (_, at) => shardOf(items, { index: at + 1, count }, cost));
    assert.deepEqual(shards.flat(), items);
    const total = costs.reduce((sum, one) => sum + one, 0), most = Math.max(0, ...costs);
    for (const shard of shards) {
      const sum = shard.reduce((sum, at) => sum + costs[at], 0);
      assert.ok(sum <= total / count + most + 1e-9 * total, `${sum} of ${total} in ${count}`);
    }
  }));
});

const PARTIAL = registerKind<{ readonly at: number }, number>({
  name: "test-partial",
  version: 1,
  describe: ({ at }) => `number ${at}`,
  compute: (_, { at }) => {
    if (at === 1) throw new TypeError("Expected\nanother number but found 1");
    if (at === 99) throw new DeviceLostError("gone");
    return Promise.resolve(at * at);
  },
});
const numbers = (...all: number[]) =>
  all.map((at) => ({ task: PARTIAL.task({ at }), digest: String(at).padStart(64, "0") }));

Deno.test("runPlanned: a task that fails is noted and forgotten when it is done; a device that is gone ends it", () =>
  inFolder(async (folder) => {
    using device = await openDevice({ kind: "cpu" });
    using lab = new Laboratory({ device, store: new FolderStore(`${folder}/tasks`) });
    const failures = new Failures(`${folder}/failed`), tasks = numbers(0, 1, 2, 3);
    failures.add({ digest: tasks[2].digest, task: "an earlier", line: "failure" });
    let begun = 0;
    const ending = () => begun === 3, onTask = () => void begun++;
    const run = runPlanned(lab, tasks, { failures, ending, onTask });
    assert.deepEqual(await run, { computed: 2, found: 0, failed: 1, left: 1 });
    assert.deepEqual(await failures.of(new Set(tasks.map(({ digest }) => digest))), [
      { digest: tasks[1].digest, task: "number 1", line: "Expected another number but found 1" },
    ]);
    assert.deepEqual(await failures.of(new Set([tasks[0].digest])), []);
    assert.deepEqual(await runPlanned(lab, tasks, { failures }), {
      computed: 1,
      found: 2,
      failed: 1,
      left: 0,
    });
    await assert.rejects(runPlanned(lab, numbers(99, 5), { failures }), DeviceLostError);
    assert.equal(await lab.store.find(numbers(5)[0].task), undefined);
  }));

Deno.test("FolderStore: lists what is there, and writes again what another machine took for abandoned", () =>
  inFolder(async (folder) => {
    const store = new FolderStore(folder), [{ task }] = numbers(3);
    assert.equal((await store.digests()).size, 0);
    let taken = 0;
    watchWrites({
      begun() {},
      ended() {},
      placing(place) {
        if (taken++ === 0) { for (const path of filesBelow(folder)) Deno.removeSync(path); }
        place();
      },
    });
    try {
      await store.add(task, 9, { seconds: 1, device: "cpu" });
    } finally {
      watchWrites();
    }
    assert.equal((await new FolderStore(folder).find(task))?.result, 9);
    const [digest] = await store.digests();
    assert.deepEqual([taken, filesBelow(folder)], [2, [`${folder}/${digest.slice(0, 2)}/${digest}.json`]]);
  }));

Deno.test("collect: what a plan's evaluation says is what `reproduce`'s does, or rests on the trials there are", async () => {
  const store = new MemoryStore();
  using lab = await openTestLab({ store });
  const plan = await planSweep(question(lab, { grid: parseGrid(GRID, 3, "grid") })), done = new Set<string>();
  const isDone = (task: { kind: string }) => done.has(taskKey(task as never));
  const failures = new Failures("unused");
  const take = async (tasks: typeof plan.tasks) => {
    await runPlanned(lab, tasks, { failures });
    for (const { task } of tasks) done.add(taskKey(task));
  };
  assert.deepEqual((await gatherExperiments(lab, plan, isDone)).notices.map((line) => line.slice(0, 14)), [
    "F5 is left out",
    "F6 is left out",
  ]);
  const of = (word: string) => plan.tasks.filter(({ task }) => task.kind === word);
  const histograms = of("mask-histogram");
  // All of F5's three trials but two of F6's.
  await take(histograms.slice(0, 5));
  const partial = await gatherExperiments(lab, plan, isDone);
  assert.deepEqual(partial.notices, ["F6 rests on the first 2 trials: 1 of 3 tasks are missing"]);
  assert.deepEqual(partial.findings.map(({ tasks }) => tasks), [3, 2]);
  await take(histograms.slice(5));
  assert.deepEqual((await gatherExperiments(lab, plan, isDone)).notices, []);
  await take(of("training").slice(3));
  const rows = await gatherGrid(lab, plan.grid!, plan.scale, isDone);
  assert.equal(rows.length, 5);
  const { losses } = await lab.get(of("training")[3].task) as { losses: number[] };
  assert.deepEqual([rows[0].method, rows[0].width, rows[0].trial], ["snip", 12, 1]);
  assert.deepEqual([rows[0].firstLoss, rows[0].lastLoss], [losses[0], losses[2]]);
});

Deno.test("estimates: in proportion among tasks that are alike, and of the memory at least the weights'", async () => {
  using lab = await openTestLab();
  const grid = (given: object) =>
    gridTasks(parseGrid({ ...GRID, method: "snip", width: 512, ...given }, 3, "g"), lab)[0];
  const short = grid({ steps: 100 }), long = grid({ steps: 1000 }), wide = grid({ width: 1024 });
  assert.ok(roughWork(lab, long) > 5 * roughWork(lab, short));
  const record = await new MemoryStore().add(short, null, { seconds: 10, device: "cpu" });
  const model = new TimeModel((task) => roughWork(lab, task), [record]);
  assert.equal(Math.round(model.seconds(short)), 10);
  assert.ok(Math.abs(model.seconds(long) * roughWork(lab, short) / (10 * roughWork(lab, long)) - 1) < 1e-12);
  const histogram =
    gridTasks(parseGrid({ kind: "mask-histogram", method: "snip", width: 8, sparsity: 0.5 }, 3, "g"), lab)[0];
  assert.deepEqual([model.knows(long), model.knows(histogram)], [true, false]);
  assert.equal(model.seconds(histogram), roughWork(lab, histogram));
  const weights = 4 * (784 * 1024 + 2 * 1024 * 1024 + 1024 * 10);
  assert.ok(roughMemory(lab, [short, wide], lab.device.info) > 3 * weights);
});
