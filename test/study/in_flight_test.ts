import assert from "node:assert/strict";
import {
  canonicalJson,
  type Lab,
  maskHistogram,
  MemoryStore,
  type NetworkParams,
  type Params,
  prunedNetwork,
  registerKind,
  runTasks,
  type Store,
  type Task,
  tasksInFlight,
} from "@graphon-limit/study";
import { limitHistogram } from "../../packages/study/kinds/limit_histogram.ts";
import { networkParams, openTestLab } from "./support.ts";

/** The words of a pruned network's masks. */
const maskWords = registerKind<NetworkParams, readonly (readonly number[])[]>({
  name: "test-mask-words",
  version: 1,
  describe: () => "masks",
  holds: (_lab, params) => ({ shared: canonicalJson(params), bytes: 0 }),
  async compute(lab, params) {
    const { weights } = await prunedNetwork(lab, params);
    return await Promise.all(weights.map(async ({ mask }) => [...await lab.device.readBits(mask!)]));
  },
});

/** Tasks of all kinds of several networks, some of which share their network, and some of which ask for others'. */
function tasksOf(lab: Lab): Task[] {
  const networks = ["snip", "grasp", "synflow", "magnitude"].flatMap((method) =>
    [0, 1].map((trial) => networkParams(lab, { method, trial }))
  );
  const layout = { order: "axis", side: 3 } as const;
  return networks.flatMap((network): Task[] => {
    const kernel = (more: Params): Task => ({
      kind: "spectrum",
      version: 2,
      params: { network, samples: 12, output: "sum", ...more },
    });
    return [
      kernel({ weights: "he", drawn: { layout, trials: 2 } }),
      maskHistogram.task({ ...network, grid: 4 }),
      maskWords.task(network),
      { kind: "network-graphons", version: 2, params: { network, layout } },
      kernel({ weights: "own", drawn: null }),
      kernel({ weights: "he", drawn: null }),
      { kind: "training", version: 2, params: { ...network, learningRate: 0.01, batchSize: 20, steps: 9 } },
    ];
  });
}

async function resultsOf(kind: "cpu" | "webgpu", inFlight: number) {
  using lab = await openTestLab({ kind });
  const tasks = tasksOf(lab), counts: number[] = [], told: number[] = [];
  const start = performance.now();
  await runTasks(lab, tasks, {
    inFlight,
    onTask: (done) => told.push(done),
    onProgress: (done) => counts.push(done),
  });
  const elapsed = (performance.now() - start) / 1000;
  const records = await Promise.all(tasks.map((task) => lab.store.find(task)));
  assert.deepEqual(counts, tasks.map((_, i) => i + 1));
  assert.deepEqual(told, told.toSorted((a, b) => a - b));
  const { live } = lab.device.memory;
  assert.equal(live, 0, "a network or a batch is left on the device");
  return { results: records.map((record) => record!.result), records, elapsed };
}

for (const kind of ["cpu", "webgpu"] as const) {
  Deno.test({
    name: `runTasks: three tasks in flight give what one at a time gives, bit for bit, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const one = await resultsOf(kind, 1), three = await resultsOf(kind, 3);
      assert.deepEqual(three.results, one.results);
    },
  });
}

for (const order of ["strict", "finite"] as const) {
  Deno.test(`limitHistogram: holds no more than it says, in the order ${order}, and not so little that nothing goes beside it`, async () => {
    for (const method of ["random", "snip", "grasp", "synflow", "fisher", "phew"]) {
      for (const [width, hidden] of [[40, 1], [150, 3]]) {
        using lab = await openTestLab();
        const params = { ...networkParams(lab, { method, width, hidden }), grid: 4, order };
        const { bytes } = limitHistogram.holds!(lab, params);
        await lab.get(limitHistogram.task(params));
        const { live, peak } = lab.device.memory, where = `${method}, ${hidden} × ${width}`;
        assert.equal(live, 0, where);
        assert.ok(peak <= bytes && bytes <= 2 ** 28, `${where}: ${peak} of ${bytes} bytes`);
      }
    }
  });
}

/** Something to do that ends when it is told to, in tests that say when. */
class Stage {
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  made = 0;
  disposed = 0;
  readonly #doors = new Map<string, PromiseWithResolvers<void>>();

  door(name: string): PromiseWithResolvers<void> {
    const door = this.#doors.get(name) ?? Promise.withResolvers<void>();
    this.#doors.set(name, door);
    return door;
  }

  async play(lab: Lab, name: string, shared: string): Promise<string> {
    this.begun.push(name);
    try {
      await lab.shared(shared, () => {
        this.made++;
        return Promise.resolve({ [Symbol.dispose]: () => void this.disposed++ });
      });
      const aborted = new Promise<never>((_, reject) =>
        lab.signal?.addEventListener("abort", () => reject(lab.signal!.reason))
      );
      await Promise.race([this.door(name).promise, aborted]);
      return name;
    } finally {
      this.ended.push(name);
    }
  }
}

let stage = new Stage();
type Act = {
  readonly name: string;
  readonly shared: string;
  readonly asks?: string;
  readonly bytes?: number;
};
const act = registerKind<Act, string>({
  name: "test-act",
  version: 1,
  describe: ({ name }) => name,
  holds: (_lab, { shared, bytes = 0 }) => ({ shared, bytes }),
  async compute(lab, { name, shared, asks }) {
    if (asks !== undefined) await lab.get(act.task({ name: asks, shared: asks }));
    return await stage.play(lab, name, shared);
  },
});

/** Until nothing goes on any more but what waits for a door. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

function acts(names: string, more: Partial<Act> = {}): Task<string>[] {
  return [...names].map((name) => act.task({ name, shared: name, ...more }));
}

Deno.test("runTasks: as many side by side as are asked for, a row that shares one thing in one lane, large ones alone", async () => {
  stage = new Stage();
  using lab = await openTestLab();
  const tasks = [
    ...acts("ab", { shared: "s" }),
    ...acts("cd"),
    ...acts("e", { bytes: 2 ** 40 }),
    ...acts("f"),
  ];
  const running = runTasks(lab, tasks, { inFlight: 2 });
  await settled();
  assert.deepEqual(stage.begun, ["a", "c"]);
  stage.door("a").resolve();
  await settled();
  assert.deepEqual([stage.begun, stage.made], [["a", "c", "b"], 2]);
  stage.door("c").resolve();
  await settled();
  stage.door("d").resolve();
  await settled();
  assert.deepEqual(stage.begun, ["a", "c", "b", "d"]);
  stage.door("b").resolve();
  await settled();
  assert.deepEqual(stage.begun, ["a", "c", "b", "d", "e"]);
  stage.door("e").resolve();
  stage.door("f").resolve();
  await running;
  assert.deepEqual([stage.made, stage.disposed], [5, 5]);
});

Deno.test("runTasks: a task that two in flight ask for is computed once", async () => {
  stage = new Stage();
  using lab = await openTestLab();
  const running = runTasks(lab, [...acts("ab", { asks: "z" }), ...acts("z")], { inFlight: 3 });
  await settled();
  assert.deepEqual(stage.begun, ["z"]);
  for (const name of "zab") stage.door(name).resolve();
  await running;
  assert.deepEqual(stage.begun, ["z", "a", "b"]);
});

Deno.test("runTasks: what fails first ends the others, of which nothing is kept, and is what it rejects with", async () => {
  for (const late of ["ended", "done"]) {
    stage = new Stage();
    using lab = await openTestLab();
    const running = runTasks(lab, acts("abcd"), { inFlight: 3 }), failure = new Error("no more");
    running.catch(() => {});
    await settled();
    stage.door("b").reject(failure);
    // One that is done in the same moment may rest on what the device refused.
    if (late === "done") stage.door("a").resolve();
    await assert.rejects(running, failure);
    assert.deepEqual([stage.begun, stage.ended.toSorted()], [["a", "b", "c"], ["a", "b", "c"]]);
    assert.deepEqual([stage.made, stage.disposed], [3, 3]);
    for (const task of acts("abcd")) assert.equal(await lab.store.find(task), undefined);
  }
});

Deno.test("runTasks: a signal ends all in flight, and what is done is kept", async () => {
  stage = new Stage();
  using lab = await openTestLab();
  const controller = new AbortController(), { signal } = controller;
  const running = runTasks(lab, acts("abcde"), { inFlight: 3, signal });
  running.catch(() => {});
  await settled();
  stage.door("b").resolve();
  await settled();
  assert.deepEqual(stage.begun, ["a", "b", "c", "d"]);
  controller.abort(new Error("enough"));
  await assert.rejects(running, /enough/);
  assert.deepEqual(stage.ended.toSorted(), ["a", "b", "c", "d"]);
  assert.equal((await lab.store.find(acts("b")[0]))?.result, "b");
  assert.deepEqual([stage.made, stage.disposed], [4, 4]);
});

Deno.test("runTasks: seconds of tasks side by side are each its share of those that passed", async () => {
  stage = new Stage();
  const store: Store = new MemoryStore();
  using lab = await openTestLab({ store });
  const start = performance.now();
  const running = runTasks(lab, acts("abc"), { inFlight: 3 });
  await new Promise((resolve) => setTimeout(resolve, 60));
  for (const name of "abc") stage.door(name).resolve();
  await running;
  const passed = (performance.now() - start) / 1000;
  const records = await Promise.all(acts("abc").map((task) => store.find(task)));
  const seconds = records.map((record) => record!.seconds), sum = seconds.reduce((all, one) => all + one);
  assert.ok(sum <= passed && sum > 0.04, `${seconds} of ${passed}`);
  for (const one of seconds) assert.ok(one < passed / 2, `${seconds} of ${passed}`);
});

Deno.test("tasksInFlight: several on an adapter, one where the host computes", () => {
  assert.ok(tasksInFlight({ kind: "webgpu", software: false }) > 1);
  assert.equal(tasksInFlight({ kind: "webgpu", software: true }), 1);
  assert.equal(tasksInFlight({ kind: "cpu", software: true }), 1);
});
