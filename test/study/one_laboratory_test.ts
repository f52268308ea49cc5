import assert from "node:assert/strict";
import { filesBelow, inFolder, runCli } from "../cli/run_cli.ts";

const METHODS = "random,magnitude,snip,grasp,synflow";

Deno.test({
  name:
    "converge and reproduce F1: the same question, the same numbers, and each finds what the other has done",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inFolder(async (folder) => {
      const out = `${folder}/out`,
        common = ["--dataset", "digits", "--out", out, "--device", "cpu", "--json"];
      const converge = async (...more: string[]) => {
        const { code, stdout, stderr } = await runCli(
          ...["converge", "--methods", METHODS, "--widths", "16,24", "--reference", "32", "--trials", "2"],
          ...["--no-limit", ...common, ...more],
        );
        assert.equal(code, 0, stderr.join("\n"));
        return { rows: JSON.parse(stdout[0]).rows as Record<string, unknown>[], stderr };
      };
      const { rows } = await converge();
      assert.equal(filesBelow(`${out}/tasks`).length, 30);
      const { code, stderr } = await runCli(
        ...["reproduce", "F1", "--widths", "16,24,32", "--sparsities", "0.8", "--trials", "2", ...common],
      );
      assert.equal(code, 0, stderr.join("\n"));
      // F1 looks at networks initialised by torch too.
      assert.ok(stderr.includes("30 of 60 tasks are done already"), stderr.join("\n"));
      const { records } = JSON.parse(Deno.readTextFileSync(`${out}/F1.json`)) as {
        records: Record<string, unknown>[];
      };
      for (const row of rows) {
        const { method, width, distance, noiseFloor, debiased, density } = row;
        const record = records.find((one) =>
          one.initialiser === "he" && one.method === method && one.width === width
        );
        assert.deepEqual(
          [record?.distance, record?.noiseFloor, record?.debiased, record?.density],
          [distance, noiseFloor, debiased, density],
        );
      }
      // More trials: what is there is not computed again, what is asked beside it is.
      const more = await converge("--samples-per-class", "9");
      assert.equal(filesBelow(`${out}/tasks`).length, 90);
      assert.ok(
        !more.stderr.some((line) => line.includes("done already")),
        "another batch is another network",
      );
      assert.notDeepEqual(more.rows, rows);
    }),
});
