import assert from "node:assert/strict";
import { CalibrationCache } from "../../packages/cli/shell/calibration_cache.ts";

Deno.test("CalibrationCache: what was measured is found again, under its own name, by another cache of the folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const cache = new CalibrationCache(`${folder}/below`);
    assert.equal(cache.get("adapter | cpu"), undefined);
    cache.set("adapter | cpu", { adapter: 12.5, cpu: 3 });
    cache.set("another | cpu", { adapter: 1, cpu: 2 });
    const again = new CalibrationCache(`${folder}/below`);
    assert.deepEqual(again.get("adapter | cpu"), { adapter: 12.5, cpu: 3 });
    assert.deepEqual(again.get("another | cpu"), { adapter: 1, cpu: 2 });
    assert.equal(again.get("a third"), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("CalibrationCache: a file that holds something else counts as none, and is replaced", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (
      const text of ["", "null", "7", '{"key":{"adapter":-1,"cpu":2}}', '{"key":3}', '{"key":{"cpu":2}}']
    ) {
      await Deno.writeTextFile(`${folder}/devices.json`, text);
      const cache = new CalibrationCache(folder);
      assert.equal(cache.get("key"), undefined, text);
      cache.set("key", { adapter: 1, cpu: 2 });
      assert.deepEqual(cache.get("key"), { adapter: 1, cpu: 2 }, text);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
