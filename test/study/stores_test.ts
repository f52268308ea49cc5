import assert from "node:assert/strict";
import fc from "fast-check";
import {
  canonicalJson,
  FolderStore,
  type Json,
  Laboratory,
  MemoryStore,
  registerKind,
  runTasks,
  type Store,
  type Task,
} from "@graphon-limit/study";
import { InvalidArgumentError, openDevice } from "@graphon-limit/runtime";
import { diskOf, makePipe } from "../cli/faults.ts";
import { filesBelow, inFolder } from "../cli/run_cli.ts";
import { oneLine } from "../runtime/support.ts";

type Sum = { readonly terms: readonly number[] };

let computed = 0;
const sum = registerKind<Sum, number>({
  name: "test-sum",
  version: 2,
  describe: ({ terms }) => `the sum of ${terms.length}`,
  compute(_lab, { terms }) {
    computed++;
    return Promise.resolve(terms.reduce((total, term) => total + term, 0));
  },
});
const MADE = { seconds: 1.5, device: "cpu" };

Deno.test("canonicalJson: is JSON, whatever the order of names", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const reversed = (inner: unknown): unknown =>
      Array.isArray(inner)
        ? inner.map(reversed)
        : inner !== null && typeof inner === "object"
        ? Object.fromEntries(Object.entries(inner).reverse().map(([name, one]) => [name, reversed(one)]))
        : inner;
    const text = canonicalJson(value as Json);
    assert.equal(text, canonicalJson(reversed(value) as Json));
    // Compared as JSON, which knows no negative zero.
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("stores: find what was added, a folder in a later run too, and nothing else", () =>
  inFolder(async (folder) => {
    const memory = new MemoryStore();
    const task: Task<{ energy: number }> = { kind: "k", version: 1, params: { width: 8, method: "snip" } };
    const others: Task[] = [
      { ...task, params: { width: 9, method: "snip" } },
      { ...task, kind: "other" },
      { ...task, version: 2 },
    ];
    for (const [writer, reader] of [[memory, memory], [new FolderStore(folder), new FolderStore(folder)]]) {
      assert.equal(await reader.find(task), undefined);
      await writer.add(task, { energy: 0.1 }, MADE);
      const record = await reader.find({ ...task, params: { method: "snip", width: 8 } });
      assert.deepEqual([record?.result, record?.seconds, record?.device], [{ energy: 0.1 }, 1.5, "cpu"]);
      for (const other of others) assert.equal(await reader.find(other), undefined);
    }
  }));

Deno.test("FolderStore: what is not the record it should be is said, counts as none, and is written anew", () =>
  inFolder(async (folder) => {
    const task = sum.task({ terms: [2, 3] });
    await new FolderStore(folder).add(task, 5, MADE);
    const [path] = filesBelow(folder), whole = Deno.readTextFileSync(path);
    const damages: [string, RegExp][] = [
      [whole.slice(0, whole.length / 2), /no JSON/],
      ["", /no JSON/],
      ["null\n", /no record/],
      ['{"kind":"test-sum"}\n', /no record/],
      ["[".repeat(1e6), /no JSON/],
      [whole.replace("5", `${"[".repeat(1e6)}${"]".repeat(1e6)}`), /nested too deep/],
      [whole.trimEnd(), /as it was written/],
      [whole.replace("{", '{"result":6,'), /as it was written/],
      [whole.replace("[2,3]", "[2.0,3]"), /as it was written/],
      [whole.replace('"result":5', '"result":6'), /checksum/],
    ];
    for (const [damaged, fault] of damages) {
      Deno.writeTextFileSync(path, damaged);
      const told: string[] = [], store = new FolderStore(folder, (line) => told.push(line));
      assert.equal(await store.find(task), undefined, damaged);
      assert.equal(told.length, 1);
      assert.match(told[0], fault);
      assert.match(told[0], /computed again/);
      await store.add(task, 5, MADE);
      assert.equal(Deno.readTextFileSync(path), whole);
    }
    // Another task's record under this one's name.
    const told: string[] = [], store = new FolderStore(folder, (line) => told.push(line));
    const other = sum.task({ terms: [1] });
    await store.add(other, 1, MADE);
    const otherPath = filesBelow(folder).find((found) => found !== path)!;
    Deno.copyFileSync(path, otherPath);
    assert.equal(await store.find(other), undefined);
    assert.match(told[0], /another task/);
  }));

Deno.test("FolderStore: a folder, a pipe's like, in a record's place is not opened", () =>
  inFolder(async (folder) => {
    const task = sum.task({ terms: [7] }), writer = new FolderStore(folder);
    await writer.add(task, 7, MADE);
    const [path] = filesBelow(folder);
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    const told: string[] = [];
    assert.equal(await new FolderStore(folder, (line) => told.push(line)).find(task), undefined);
    assert.match(told[0], /expected a file/);
  }));

Deno.test("FolderStore: a pipe in a record's place is not opened, on which that would wait, and a folder stays", () =>
  inFolder(async (folder) => {
    const task = sum.task({ terms: [7] });
    await new FolderStore(folder).add(task, 7, MADE);
    const [path] = filesBelow(folder);
    Deno.removeSync(path);
    if (!await makePipe(path)) return;
    const told: string[] = [], store = new FolderStore(folder, (line) => told.push(line));
    assert.equal(await store.find(task), undefined);
    assert.match(told[0], /expected a file; it is computed again, and not kept$/);
    assert.equal((await store.add(task, 7, MADE)).result, 7);
    assert.ok(!Deno.statSync(path).isFile);
    Deno.removeSync(path);
    Deno.mkdirSync(path);
    assert.equal(await store.find(task), undefined);
    assert.match(told[1], /expected a file; it is computed again, and not kept$/);
    assert.equal((await store.add(task, 7, MADE)).result, 7);
    assert.ok(Deno.statSync(path).isDirectory);
  }));

Deno.test("FolderStore: a folder that is a file, or is not to be looked into, is one line", () =>
  inFolder(async (folder) => {
    const task = sum.task({ terms: [7] });
    Deno.writeTextFileSync(`${folder}/file`, "");
    for (const place of [`${folder}/file`, `${folder}/file/tasks`]) {
      const store = new FolderStore(place);
      await assert.rejects(store.find(task), oneLine(InvalidArgumentError, "file", "a folder was to be"));
      await assert.rejects(
        store.add(task, 7, MADE),
        oneLine(InvalidArgumentError, "file", "a folder was to be"),
      );
    }
    // Where the user may do everything, nothing is closed to them.
    await new FolderStore(`${folder}/closed`).add(task, 7, MADE);
    const [record] = filesBelow(`${folder}/closed`);
    Deno.chmodSync(record, 0);
    const told: string[] = [], store = new FolderStore(`${folder}/closed`, (line) => told.push(line));
    const found = await store.find(task);
    if (found === undefined) {
      assert.match(told[0], /it cannot be read: permission denied; it is computed again$/);
    }
    Deno.chmodSync(`${folder}/closed`, 0);
    try {
      await store.find(task).catch(oneLine(InvalidArgumentError, "closed", "permission denied"));
    } finally {
      Deno.chmodSync(`${folder}/closed`, 0o700);
    }
  }));

Deno.test("FolderStore: a full disk is one line, and leaves the record there was", () =>
  inFolder(async (folder) => {
    const task = sum.task({ terms: [7] }), store = new FolderStore(folder);
    await store.add(task, 7, MADE);
    const [path] = filesBelow(folder), before = Deno.readTextFileSync(path);
    {
      using _disk = diskOf(20);
      await assert.rejects(store.add(task, 8, MADE), oneLine(InvalidArgumentError, path, "no space left"));
    }
    assert.deepEqual(filesBelow(folder), [path]);
    assert.equal(Deno.readTextFileSync(path), before);
  }));

Deno.test("FolderStore: what a killed run left half written goes when the next one begins, wherever it is", () =>
  inFolder(async (folder) => {
    const task = sum.task({ terms: [7] });
    await new FolderStore(folder).add(task, 7, MADE);
    const [path] = filesBelow(folder), left = ".graphon-limit-4711-x-0.tmp";
    Deno.mkdirSync(`${folder}/00`, { recursive: true });
    Deno.mkdirSync(`${folder}/mine`);
    for (const place of ["00", "mine"]) Deno.writeTextFileSync(`${folder}/${place}/${left}`, "half");
    Deno.writeTextFileSync(path.replace(/[^/]*$/, left), "half");
    assert.equal((await new FolderStore(folder).find(task))?.result, 7);
    assert.deepEqual(filesBelow(folder).sort(), [path, `${folder}/mine/${left}`].sort());
  }));

async function openLab(store: Store) {
  return new Laboratory({ device: await openDevice({ kind: "cpu" }), store });
}

Deno.test("runTasks: each missing task once, in order, and what an earlier run has not at all", () =>
  inFolder(async (folder) => {
    const tasks = [[1, 2], [3], [1, 2], [4, 4]].map((terms) => sum.task({ terms }));
    const run = async (tasks: Task[]) => {
      const told: string[] = [];
      using lab = await openLab(new FolderStore(folder));
      using _device = lab.device;
      computed = 0;
      await runTasks(lab, tasks, {
        onStart: (missing, found) => told.push(`${missing} ${found}`),
        onTask: (done, what) => told.push(`${done} ${what}`),
        onProgress: (done, total) => told.push(`${done}/${total}`),
      });
      return { told, computed };
    };
    const first = await run(tasks.slice(0, 3));
    assert.deepEqual(first, {
      told: ["2 0", "0 the sum of 2", "1/2", "1 the sum of 1", "2/2"],
      computed: 2,
    });
    assert.deepEqual(await run(tasks), { told: ["1 2", "0 the sum of 2", "1/1"], computed: 1 });
    assert.deepEqual(await run(tasks), { told: ["0 3"], computed: 0 });
  }));

Deno.test("runTasks: a signal ends it between two tasks, and what is done is kept", async () => {
  const store = new MemoryStore(), controller = new AbortController();
  using lab = await openLab(store);
  using _device = lab.device;
  const tasks = [[11], [12], [13]].map((terms) => sum.task({ terms }));
  const onProgress = (done: number) => done === 2 && controller.abort(new Error("enough"));
  await assert.rejects(runTasks(lab, tasks, { signal: controller.signal, onProgress }), /enough/);
  const found = await Promise.all(tasks.map(async (task) => (await store.find(task))?.result));
  assert.deepEqual(found, [11, 12, undefined]);
});

Deno.test("tasks: of a kind or version there is not, and images a laboratory lacks, are errors of one line", async () => {
  using lab = await openLab(new MemoryStore());
  using _device = lab.device;
  const task = sum.task({ terms: [] });
  await assert.rejects(lab.get({ ...task, kind: "x" }), oneLine(InvalidArgumentError, "test-sum", '"x"'));
  await assert.rejects(lab.get({ ...task, version: 1 }), oneLine(InvalidArgumentError, "version 2", "1"));
  assert.throws(
    () => lab.dataset({ name: "mnist", images: 3, sha256: "ab" }),
    oneLine(InvalidArgumentError, "3 images of mnist", "none"),
  );
  assert.throws(
    () => registerKind({ ...sum, name: "test-sum" }),
    oneLine(InvalidArgumentError, "test-sum", "twice"),
  );
});
