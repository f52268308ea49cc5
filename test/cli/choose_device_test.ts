import assert from "node:assert/strict";
import { CalibrationCache } from "../../packages/cli/shell/calibration_cache.ts";

Deno.test("CalibrationCache: what was measured is found again, under its own name, by another cache of the folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const cache = new CalibrationCache(`${folder}/below`);
    assert.equal(cache.get("adapter | cpu"), undefined);
    cache.set("adapter | cpu", { first: 12.5, second: 3 });
    cache.set("another | cpu", { first: 1, second: 2 });
    const again = new CalibrationCache(`${folder}/below`);
    assert.deepEqual(again.get("adapter | cpu"), { first: 12.5, second: 3 });
    assert.deepEqual(again.get("another | cpu"), { first: 1, second: 2 });
    assert.equal(again.get("a third"), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("CalibrationCache: a file that holds something else counts as none, and is replaced", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (
      const text of ["", "null", "7", '{"key":{"first":-1,"second":2}}', '{"key":3}', '{"key":{"second":2}}']
    ) {
      await Deno.writeTextFile(`${folder}/devices.json`, text);
      const cache = new CalibrationCache(folder);
      assert.equal(cache.get("key"), undefined, text);
      cache.set("key", { first: 1, second: 2 });
      assert.deepEqual(cache.get("key"), { first: 1, second: 2 }, text);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
