import assert from "node:assert/strict";
import { relative } from "node:path";
import { filesBelow, inFolder, runCli } from "./run_cli.ts";

const SIZES = "--quick --trials 2 --widths 8,12 --sparsities 0.5 --width 16 --samples 16";
const cli = async (line: string, code = 0) => {
  const run = await runCli(...line.split(" "), "--device", "cpu");
  assert.equal(run.code, code, run.stderr.join("\n"));
  return run;
};

/** Records of a folder's tasks by their place, but for how long each took. */
function recordsOf(folder: string): Record<string, unknown> {
  return Object.fromEntries(
    filesBelow(`${folder}/tasks`).sort().map((path) => {
      const { seconds: _, checksum: __, ...content } = JSON.parse(Deno.readTextFileSync(path));
      return [relative(folder, path), content];
    }),
  );
}

Deno.test("sweep: shards in any order leave what reproduce does, and the same numbers in its report", () =>
  inFolder(async (folder) => {
    const plan = `${folder}/tasks.jsonl`, store = `${folder}/store`;
    const reproduced = await cli(`reproduce F5 R4 ${SIZES} --out ${folder}/serial`);
    const planned = await cli(`sweep plan F5 R4 ${SIZES} --out ${plan} --json`);
    const { tasks, done, missing, secondsLeft } = JSON.parse(planned.stdout[0]);
    assert.deepEqual([done, missing], [0, tasks]);
    assert.ok(secondsLeft > 0);
    // `reproduce` says the same before it begins.
    const estimate =
      /^(\d+) to do: about .* one after the other \(\1 of them guessed: .*\), up to \d.* each$/;
    const line = reproduced.stderr.find((line) => estimate.test(line));
    assert.equal(estimate.exec(line ?? "")?.[1], `${tasks}`, reproduced.stderr.join("\n"));
    for (const shard of ["2/3", "1/3", "3/3"]) {
      await cli(`sweep run ${plan} --store ${store} --shard ${shard}`);
    }
    assert.deepEqual(recordsOf(store), recordsOf(`${folder}/serial`));
    // Two threads that take what is next.
    const crew = JSON.parse(
      (await cli(`sweep run ${plan} --store ${folder}/crew --jobs 2 --json`)).stdout[0],
    );
    assert.deepEqual([crew.computed, crew.found, crew.failed, crew.left], [tasks, 0, 0, 0]);
    assert.deepEqual(recordsOf(`${folder}/crew`), recordsOf(store));
    const again = JSON.parse((await cli(`sweep run ${plan} --store ${store} --json`)).stdout[0]);
    assert.deepEqual([again.computed, again.found, again.failed], [0, tasks, 0]);
    assert.match(
      (await cli(`sweep plan F5 R4 ${SIZES} --store ${store} --out ${plan}`)).stdout[0],
      /^(\d+) tasks, \1 done$/,
    );

    await cli(`sweep collect ${plan} --store ${store} --out ${folder}/report`);
    for (const id of ["F5", "R4"]) {
      const read = (out: string) => JSON.parse(Deno.readTextFileSync(`${folder}/${out}/${id}.json`));
      const { provenance: _, ...collected } = read("report"), { provenance: __, ...serial } = read("serial");
      assert.deepEqual(collected, serial);
    }
    // A damaged record is none: the experiment is left out, and nothing computed.
    const [record] = filesBelow(`${store}/tasks`), before = Deno.readTextFileSync(record);
    Deno.writeTextFileSync(record, before.slice(1));
    const partial = await cli(`sweep collect ${plan} --store ${store} --out ${folder}/partial --json`);
    assert.match(JSON.parse(partial.stdout[0]).notices.join("\n"), /is left out|rests on/);
    assert.equal(Deno.readTextFileSync(record), before.slice(1));
  }));

Deno.test("sweep: a grid of one's own becomes a table; standard output takes the plan", () =>
  inFolder(async (folder) => {
    const grid = {
      kind: "spectrum",
      method: ["snip", "dense"],
      width: 12,
      hidden: 2,
      sparsity: 0.5,
      samples: 20,
    };
    Deno.writeTextFileSync(`${folder}/grid.json`, JSON.stringify(grid));
    const { stdout } = await cli(`sweep plan --grid ${folder}/grid.json --dataset digits --quick`);
    Deno.writeTextFileSync(`${folder}/p`, stdout.join("\n") + "\n");
    await cli(`sweep run ${folder}/p --store ${folder}/s`);
    await cli(`sweep collect ${folder}/p --store ${folder}/s --out ${folder}/o`);
    const [titles, ...rows] = Deno.readTextFileSync(`${folder}/o/table.csv`).trim().split("\n");
    assert.match(titles, /^kind,seed,method,.*trace,.*seconds,device$/);
    assert.equal(rows.length, 2);
    assert.equal(JSON.parse(Deno.readTextFileSync(`${folder}/o/table.json`)).rows[1].method, "dense");
  }));

Deno.test("sweep: what is wrong is one line, and a task that fails is one of many", () =>
  inFolder(async (folder) => {
    const lines = async (line: string, code: number) => (await cli(line, code)).stderr.join("\n");
    const alone = await runCli("sweep");
    assert.deepEqual([alone.code, alone.stderr], [2, ["error: Expected a command; see --help"]]);
    assert.match(await lines("sweep plan --dataset digits", 2), /experiments, --grid, or both/);
    assert.match(await lines("sweep plan F5 --quick --json", 2), /Expected --out with --json/);
    assert.match(
      await lines(`sweep run ${folder}/none --store ${folder}/s`, 1),
      /none: expected a plan but found/,
    );
    assert.match(await lines(`sweep run ${folder}/none --store ${folder}/s --shard 4/3`, 2), /i\/N.*"4\/3"/);
    // Nothing is pruned of a dense network: no masks, no histograms.
    const grid = { kind: "mask-histogram", method: ["dense", "random"], width: 8, sparsity: 0.5 };
    Deno.writeTextFileSync(`${folder}/grid.json`, JSON.stringify(grid));
    await cli(`sweep plan --grid ${folder}/grid.json --dataset digits --quick --out ${folder}/p`);
    assert.match(await lines(`sweep run ${folder}/p --store ${folder}/s`, 1), /error: 1 of 2 tasks failed/);
    assert.equal(filesBelow(`${folder}/s/tasks`).length, 1);
    assert.match(
      await lines(`sweep run ${folder}/p --store ${folder}/c --jobs 2`, 1),
      /error: 1 of 2 tasks failed/,
    );
    assert.match(Deno.readTextFileSync(filesBelow(`${folder}/s/failed`)[0]), /sparsity that removes weights/);
    const other = await cli(
      `sweep plan --grid ${folder}/grid.json --dataset digits --quick --seed 1 --out ${folder}/q`,
    );
    assert.ok(other);
    const mixed = Deno.readTextFileSync(`${folder}/p`).replace('"count":2000', '"count":1000');
    Deno.writeTextFileSync(`${folder}/m`, mixed);
    assert.match(await lines(`sweep run ${folder}/m --store ${folder}/s`, 1), /line 1.*changed/);
    assert.match(
      await lines(`sweep collect ${folder}/q --store ${folder}/s --out ${folder}/o`, 1),
      /found none/,
    );
    assert.ok(![...Deno.readDirSync(folder)].some(({ name }) => name === "o"));
  }));
