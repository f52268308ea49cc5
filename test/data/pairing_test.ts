import assert from "node:assert/strict";
import { assertLinear } from "./support.ts";
import fc from "fast-check";
import { pairNames } from "@graphon-limit/data";
import { closestName, editDistance } from "../../packages/data/messages/closest_name.ts";
import { strayFault } from "../../packages/data/networks/pairing.ts";

Deno.test("pairNames meets names that differ in .weight and in what all begin with", () => {
  const cases: [weights: string[], masks: string[], pairs: (number | undefined)[]][] = [
    [["fc1.weight", "fc2.weight"], ["fc2.weight", "fc1.weight"], [1, 0]],
    [["fc1.weight", "fc2.weight"], ["fc2", "fc1"], [1, 0]],
    [["fc1", "fc2"], ["fc2.weight"], [undefined, 0]],
    [["module.0.weight", "module.2.weight"], ["0.weight", "2.weight"], [0, 1]],
    [["0.weight", "2.weight"], ["module.0.weight", "module.2.weight"], [0, 1]],
    [["model.layers.0.a", "model.layers.1.a"], ["module.layers.1.a", "module.layers.0.a"], [1, 0]],
    [["_orig_mod.net.0.weight", "_orig_mod.net.2.weight"], ["net.2.weight"], [undefined, 0]],
    [["net.0.weight", "net.1.weight", "net.2.weight"], ["1.weight"], [undefined, 0, undefined]],
    [["a.0.weight", "a.1.weight"], ["b.1.weight"], [undefined, 0]],
    [["params/Dense_0/kernel", "params/Dense_1/kernel"], ["Dense_0/kernel", "Dense_1/kernel"], [0, 1]],
    [["0.weight", "0.0.weight"], ["0.weight"], [0, undefined]],
    [["weight"], ["weight"], [0]],
  ];
  for (const [weights, masks, pairs] of cases) {
    assert.deepEqual(pairNames(weights, masks), { masks: pairs, strays: [] }, `${weights} with ${masks}`);
  }
});

Deno.test("pairNames pairs what it can and lists the rest", () => {
  assert.deepEqual(pairNames(["module.a", "module.b"], ["a", "c"]), { masks: [0, undefined], strays: [1] });
  assert.deepEqual(pairNames([], ["a"]), { masks: [], strays: [0] });
  assert.deepEqual(pairNames(["a"], []), { masks: [undefined], strays: [] });
});

Deno.test("pairNames finds the pairs of any names with any beginnings, whichever masks there are", () => {
  const part = fc.string({ unit: fc.constantFrom("a", "b", "0", "1"), minLength: 1, maxLength: 2 });
  const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));
  const beginning = fc.array(fc.constantFrom("module.", "model.", "_orig_mod."), { maxLength: 2 }).map((
    all,
  ) => all.join(""));
  const cases = fc.record({
    names: fc.uniqueArray(path, { minLength: 1, maxLength: 6 }),
    keep: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    ends: fc.tuple(fc.constantFrom("", ".weight"), fc.constantFrom("", ".weight")),
    beginnings: fc.tuple(beginning, beginning),
  });
  fc.assert(
    fc.property(cases, ({ names, keep, ends, beginnings }) => {
      const masked = names.filter((_, i) => keep[i]).reverse();
      const weights = names.map((name) => `${beginnings[0]}${name}${ends[0]}`);
      const { masks, strays } = pairNames(weights, masked.map((name) => `${beginnings[1]}${name}${ends[1]}`));
      assert.deepEqual(strays, []);
      // Where every weight has a mask there is one way only; else a name may fit with less left off.
      if (masked.length === names.length) {
        assert.deepEqual(masks.map((index) => masked[index as number]), names);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("pairNames takes time that grows with the names", () => {
  assertLinear((length) => {
    const names = Array.from({ length }, (_, i) => `model.layers.${i}.mlp.weight`);
    const masks = names.map((name) => name.slice(6)), long = ["a.".repeat(length)];
    return () => {
      assert.equal(pairNames(names, masks).strays.length, 0);
      pairNames(long, long);
    };
  }, 2500);
});

Deno.test("masks that no weight has the name of are listed with the closest names", () => {
  const { message } = strayFault(
    ["fc7_mask", "bn.weight_mask"],
    ["fc1.weight", "fc2.weight", "bm.weight"],
    "m",
    "w",
  );
  assert.equal(
    message,
    'm: expected masks that are called as weights of w are but found "fc7_mask" (the closest there is "fc1.weight"), ' +
      '"bn.weight_mask" (the closest there is "bm.weight")',
  );
});

Deno.test("editDistance is the fewest letters to change, and a metric", () => {
  assert.deepEqual([["kitten", "sitting"], ["", "abc"], ["fc1", "fc1"]].map(([a, b]) => editDistance(a, b)), [
    3,
    3,
    0,
  ]);
  const word = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 7 });
  fc.assert(fc.property(word, word, word, (a, b, c) => {
    assert.equal(editDistance(a, b), editDistance(b, a));
    assert.equal(editDistance(a, b) === 0, a === b);
    assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c));
  }));
  assert.equal(closestName("fc3", ["conv", "fc12", "fc1"]), "fc1");
  assert.equal(closestName("a", []), undefined);
});
