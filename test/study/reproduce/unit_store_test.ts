import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalJson, type Json, type Unit } from "../../../packages/study/reproduce/unit.ts";
import { UnitStore } from "../../../packages/study/reproduce/unit_store.ts";
import { filesBelow, inFolder } from "../../cli/run_cli.ts";

const unit = (params: Unit["params"], kind = "sum"): Unit => ({
  kind,
  params,
  label: "a sum",
  compute: () => Promise.resolve(0),
});

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

Deno.test("UnitStore: finds what was added, in a later run too, and nothing else", async () => {
  await inFolder(async (folder) => {
    const origin = { seed: 3, sha256: "ab" };
    const store = new UnitStore(folder, origin);
    const sum = unit({ width: 8, method: "snip" });
    assert.equal(await store.find(sum), undefined);
    await store.add(sum, { energy: 0.1, values: [1, 2.5] }, 1.5, "cpu");
    for (const reader of [store, new UnitStore(folder, origin)]) {
      const record = await reader.find(unit({ method: "snip", width: 8 }));
      assert.deepEqual(record?.result, { energy: 0.1, values: [1, 2.5] });
      assert.equal(record?.seconds, 1.5);
      assert.equal(await reader.find(unit({ width: 9, method: "snip" })), undefined);
      assert.equal(await reader.find(unit({ width: 8, method: "snip" }, "product")), undefined);
    }
    assert.equal(await new UnitStore(folder, { ...origin, seed: 4 }).find(sum), undefined);
  });
});

Deno.test("UnitStore: a damaged file counts as none and is written anew", async () => {
  await inFolder(async (folder) => {
    const sum = unit({ width: 8 });
    await new UnitStore(folder, {}).add(sum, 5, 1, "cpu");
    const [path] = filesBelow(folder);
    const whole = Deno.readTextFileSync(path);
    for (const damaged of [whole.slice(0, whole.length / 2), "", "null", '{"format":0}']) {
      Deno.writeTextFileSync(path, damaged);
      const store = new UnitStore(folder, {});
      assert.equal(await store.find(sum), undefined, damaged);
      await store.add(sum, 5, 1, "cpu");
      assert.equal(Deno.readTextFileSync(path), whole);
    }
    assert.deepEqual(filesBelow(folder), [path]);
  });
});
