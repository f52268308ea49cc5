import assert from "node:assert/strict";
import fc from "fast-check";
import { naturalCompare } from "@graphon-limit/data";

Deno.test("naturalCompare orders layers as people number them", () => {
  const inOrder = [
    "fc1",
    "fc2",
    "fc10",
    "layers.2.bias",
    "layers.2.weight",
    "layers.10.weight",
    "layers.010.weight",
  ];
  const expected = [
    "fc1",
    "fc2",
    "fc10",
    "layers.2.bias",
    "layers.2.weight",
    "layers.010.weight",
    "layers.10.weight",
  ];
  assert.deepEqual(inOrder.toReversed().sort(naturalCompare), expected);
});

Deno.test("naturalCompare compares numbers past 2⁵³ exactly", () => {
  assert.ok(naturalCompare("a9007199254740993", "a9007199254740992") > 0);
  assert.ok(naturalCompare("a99999999999999999999", "a100000000000000000000") < 0);
});

Deno.test("naturalCompare orders integers by value", () => {
  fc.assert(fc.property(fc.nat(), fc.nat(), (a, b) => {
    assert.equal(Math.sign(naturalCompare(`layers.${a}.w`, `layers.${b}.w`)), Math.sign(a - b));
  }));
});

Deno.test("naturalCompare is a total order", () => {
  const names = fc.string({ unit: fc.constantFrom("a", "b", ".", "0", "1", "2", "é"), maxLength: 8 });
  fc.assert(
    fc.property(names, names, names, (a, b, c) => {
      assert.equal(Math.sign(naturalCompare(a, b)) + Math.sign(naturalCompare(b, a)), 0);
      assert.equal(naturalCompare(a, b) === 0, a === b);
      if (naturalCompare(a, b) <= 0 && naturalCompare(b, c) <= 0) assert.ok(naturalCompare(a, c) <= 0);
    }),
    { numRuns: 2000 },
  );
});
