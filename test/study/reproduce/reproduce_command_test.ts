import assert from "node:assert/strict";
import { EXPERIMENTS, findExperiments } from "../../../packages/study/reproduce/catalogue.ts";
import { COMMON, FULL_SCALE, QUICK_SCALE } from "../../../packages/study/reproduce/scale.ts";
import { taskKey } from "../../../packages/study/tasks/task.ts";
import { filesBelow, inFolder, runCli } from "../../cli/run_cli.ts";

const tiny = ["--quick", "--trials", "2", "--widths", "16,24,32", "--width", "16", "--samples", "16"];
const common = ["--sparsities", "0.5,0.8", "--device", "cpu", "--json"];

Deno.test("experiments: F1 to F11 and R1 to R9, each with something to compute, no task twice", () => {
  const ids = EXPERIMENTS.map(({ id }) => id);
  assert.deepEqual(ids, [
    ...Array.from({ length: 11 }, (_, i) => `F${i + 1}`),
    ...Array.from({ length: 9 }, (_, i) => `R${i + 1}`),
  ]);
  for (const scale of [QUICK_SCALE, { ...FULL_SCALE, graphonTrials: 2 }]) {
    const data = { name: "digits", images: 100, sha256: "ab" };
    for (const { id, tasks } of EXPERIMENTS) {
      const keys = tasks({ ...scale, common: { ...COMMON, data, seed: 0 } }).map(taskKey);
      assert.ok(keys.length > 0, id);
      assert.equal(new Set(keys).size, keys.length, id);
    }
  }
  assert.deepEqual(findExperiments(["r2", "F3", "R2"]).map(({ id }) => id), ["F3", "R2"]);
  assert.equal(findExperiments(["all"]).length, EXPERIMENTS.length);
  assert.throws(() => findExperiments(["F12"]), /F1, F2, .* or all but found "F12"/);
});

Deno.test({
  name: "reproduce all: a report of every experiment; run again it computes nothing",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inFolder(async (folder) => {
      const out = `${folder}/report`;
      const run = () => runCli("reproduce", "all", ...tiny, ...common, "--out", out);
      const first = await run();
      assert.equal(first.code, 0, first.stderr.join("\n"));
      const { experiments } = JSON.parse(first.stdout[0]);
      assert.deepEqual(experiments.map(({ id }: { id: string }) => id), EXPERIMENTS.map(({ id }) => id));
      for (const { verdicts } of experiments) {
        for (const { verdict, claim, detail } of verdicts) {
          assert.ok(["holds", "does not hold", "not decided"].includes(verdict));
          assert.match(claim, /claim [1-7]/);
          assert.match(detail, /\d/);
          assert.doesNotMatch(detail, /NaN|undefined|Infinity/);
        }
      }

      const html = Deno.readTextFileSync(`${out}/report.html`),
        markdown = Deno.readTextFileSync(`${out}/report.md`);
      assert.doesNotMatch(html, /<(link|script)[^>]*(href|src)="http/);
      for (const { id, title } of EXPERIMENTS) {
        assert.ok(html.includes(`id="${id.toLowerCase()}"`), id);
        assert.ok(markdown.includes(`## ${id} · ${title}`), id);
        const { records, provenance } = JSON.parse(Deno.readTextFileSync(`${out}/${id}.json`));
        assert.ok(provenance.command.startsWith("deno task cli reproduce"));
        const lines = Deno.readTextFileSync(`${out}/${id}.csv`).trim().split("\n");
        assert.equal(lines.length, records.length + 1, id);
        assert.deepEqual(lines[0].split(","), Object.keys(records[0]));
      }
      for (const [, path] of markdown.matchAll(/\]\((figures\/[^)]+)\)/g)) {
        assert.match(Deno.readTextFileSync(`${out}/${path}`), /^<svg/);
      }

      const records = filesBelow(`${out}/tasks`).sort();
      const times = records.map((path) => Deno.statSync(path).mtime?.getTime());
      const before = Deno.readTextFileSync(`${out}/R2.csv`);
      const second = await run();
      assert.equal(second.code, 0);
      assert.ok(second.stderr.some((line) => line.includes(`${records.length} of ${records.length} tasks`)));
      assert.deepEqual(filesBelow(`${out}/tasks`).sort(), records);
      assert.deepEqual(records.map((path) => Deno.statSync(path).mtime?.getTime()), times);
      assert.equal(Deno.readTextFileSync(`${out}/R2.csv`), before);
    }),
});

Deno.test("reproduce: says what it needs", () =>
  inFolder(async (folder) => {
    const out = ["--out", `${folder}/x`, "--device", "cpu"];
    const unknown = await runCli("reproduce", "F99", "--quick", ...out);
    assert.deepEqual([unknown.code, unknown.stdout], [2, []]);
    assert.match(unknown.stderr.at(-1)!, /^error: Expected experiments of F1, .*"F99"$/);
    const noData = await runCli("reproduce", "F3", ...out);
    assert.equal(noData.code, 2);
    assert.match(noData.stderr.at(-1)!, /^error: Expected --dataset: /);
    assert.deepEqual(filesBelow(folder), []);
  }));
