import assert from "node:assert/strict";
import fc from "fast-check";
import { keptFractions, type Schedule, SCHEDULES } from "@graphon-limit/pruners";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { assertSparsity, removedCount } from "../../packages/pruners/schedule.ts";
import { oneLine } from "../runtime/support.ts";

Deno.test("keptFractions: (1 − s)^(t/T) and 1 − s·t/T", () => {
  const close = (actual: number[], expected: number[]) =>
    expected.forEach((value, i) => assert.ok(Math.abs(actual[i] - value) < 1e-15, `${actual}`));
  close(keptFractions(0.75, 2, "exponential"), [0.5, 0.25]);
  close(keptFractions(0.992, 3, "exponential"), [0.2, 0.04, 0.008]);
  close(keptFractions(0.8, 4, "linear"), [0.8, 0.6, 0.4, 0.2]);
});

Deno.test("keptFractions: falls from round to round and ends at 1 − s", () => {
  const rounds = fc.integer({ min: 1, max: 100 });
  const sparsity = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  fc.assert(fc.property(sparsity, rounds, fc.constantFrom(...SCHEDULES), (s, count, schedule) => {
    const kept = keptFractions(s, count, schedule);
    assert.equal(kept.length, count);
    assert.ok(kept.every((fraction, i) => fraction < (kept[i - 1] ?? 1) && fraction > 0));
    assert.equal(kept[count - 1], 1 - s);
  }));
});

Deno.test("keptFractions: refuses what is no sparsity, no count of rounds, no schedule", () => {
  for (const s of [-0.1, 1, 2, NaN]) {
    assert.throws(() => keptFractions(s, 1, "linear"), oneLine(InvalidArgumentError, "sparsity", String(s)));
    assert.throws(() => assertSparsity(s), oneLine(InvalidArgumentError, "sparsity", String(s)));
  }
  for (const rounds of [0, -1, 1.5, NaN]) {
    assert.throws(() => keptFractions(0.5, rounds, "linear"), oneLine(InvalidArgumentError, "rounds"));
  }
  assert.throws(
    () => keptFractions(0.5, 1, "cubic" as Schedule),
    oneLine(InvalidArgumentError, "exponential, linear", '"cubic"'),
  );
});

Deno.test("removedCount: ⌊s·N⌋", () => {
  const table = [[0, 10, 0], [0.5, 3, 1], [0.99, 1, 0], [0.8, 10, 8], [0.999, 1000, 999]];
  for (const [s, count, removed] of table) assert.equal(removedCount(s, count), removed);
});
