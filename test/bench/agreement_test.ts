import assert from "node:assert/strict";
import { absolutelyWithin, nearReference, relativelyWithin, sameEntries } from "../../bench/agreement.ts";

const floats = (...values: number[]) => Float32Array.from(values);
const bytes = (...values: number[]) => Uint8Array.from(values);

Deno.test("relativelyWithin: the largest difference as a part of the peer's largest number", () => {
  const compare = relativelyWithin(0.01);
  assert.equal(compare(floats(100, 1), floats(100, 2)).holds, true);
  assert.equal(compare(floats(100, 1), floats(100, 3)).holds, false);
  assert.equal(compare(floats(0, 0), floats(0, 0)).holds, true);
});

Deno.test("absolutelyWithin: the largest difference", () => {
  const compare = absolutelyWithin(0.5);
  assert.equal(compare(floats(100, 1), floats(100, 1.5)).holds, true);
  assert.equal(compare(floats(100, 1), floats(100, 1.75)).holds, false);
});

Deno.test("sameEntries: the share of entries that differ", () => {
  const compare = sameEntries(0.25);
  assert.equal(compare(bytes(1, 0, 1, 1), bytes(1, 0, 1, 0)).holds, true);
  assert.equal(compare(bytes(1, 0, 1, 1), bytes(1, 1, 1, 0)).holds, false);
});

Deno.test("comparisons: another length or a NaN never agrees", () => {
  for (const compare of [relativelyWithin(1), absolutelyWithin(1), sameEntries(0.9)]) {
    assert.equal(compare(floats(1), floats(1, 1)).holds, false);
  }
  assert.equal(absolutelyWithin(1)(floats(1, NaN, 1), floats(1, 1, 1)).holds, false);
  assert.equal(relativelyWithin(1)(floats(NaN, 1), floats(1, 1)).holds, false);
});

Deno.test("nearReference: within the tolerance of float64, or at most twice as far as the peer", () => {
  const reference = bytes(0, 0, 0, 0, 0, 0, 0, 0), compare = nearReference(0.125);
  const off = (count: number) => reference.map((_, i) => i < count ? 1 : 0);
  assert.equal(compare(off(1), off(0), reference).holds, true);
  assert.equal(compare(off(2), off(0), reference).holds, false);
  assert.equal(compare(off(2), off(1), reference).holds, true);
  assert.equal(compare(off(3), off(1), reference).holds, false);
  assert.equal(compare(off(0), off(0)).holds, false, "without a reference nothing is known");
});
