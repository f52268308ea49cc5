import assert from "node:assert/strict";
import fc from "fast-check";
import { RandomSequence } from "@graphon-limit/runtime";

const DRAWS = 20000;

function draws(seed: number, next: (random: RandomSequence) => number): number[] {
  const random = new RandomSequence(seed);
  return Array.from({ length: DRAWS }, () => next(random));
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

Deno.test("RandomSequence: one seed gives one sequence, another seed another", () => {
  const first = draws(1, (random) => random.uint32());
  assert.deepEqual(draws(1, (random) => random.uint32()), first);
  assert.notDeepEqual(draws(2, (random) => random.uint32()), first);
  assert.ok(new Set(first).size > DRAWS - 5);
});

Deno.test("RandomSequence.uniform: is in [0, 1), with the mean and variance of the uniform law", () => {
  const values = draws(3, (random) => random.uniform());
  assert.ok(values.every((value) => value >= 0 && value < 1));
  assert.ok(Math.abs(mean(values) - 1 / 2) < 4 * Math.sqrt(1 / 12 / DRAWS));
  assert.ok(Math.abs(mean(values.map((value) => value ** 2)) - 1 / 3) < 4 * Math.sqrt(4 / 45 / DRAWS));
});

Deno.test("RandomSequence.integer: stays below the bound and takes every value equally often", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
      const random = new RandomSequence(seed);
      for (let i = 0; i < 20; i++) {
        const value = random.integer(bound);
        assert.ok(Number.isInteger(value) && value >= 0 && value < bound);
      }
    }),
  );
  const counts = new Array(6).fill(0);
  for (const value of draws(4, (random) => random.integer(6))) counts[value]++;
  const expected = DRAWS / 6;
  const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // The 99.9 % point of χ² with 5 degrees of freedom.
  assert.ok(chiSquared < 20.5, `χ² = ${chiSquared}`);
});

Deno.test("RandomSequence.integer: has no bias where the bound does not divide 2³²", () => {
  // Without rejection, values below 2³¹ − 2³⁰ would be twice as likely as the others.
  const bound = 3 * 2 ** 30;
  const low = draws(5, (random) => random.integer(bound)).filter((value) => value < 2 ** 30).length;
  assert.ok(Math.abs(low / DRAWS - 1 / 3) < 4 * Math.sqrt(2 / 9 / DRAWS));
});

Deno.test("RandomSequence.normal: has the moments of the standard normal law", () => {
  const values = draws(6, (random) => random.normal());
  assert.ok(Math.abs(mean(values)) < 4 / Math.sqrt(DRAWS));
  assert.ok(Math.abs(mean(values.map((value) => value ** 2)) - 1) < 4 * Math.sqrt(2 / DRAWS));
  assert.ok(Math.abs(mean(values.map((value) => value ** 4)) - 3) < 4 * Math.sqrt(96 / DRAWS));
  const neighbours = mean(values.slice(1).map((value, i) => value * values[i]));
  assert.ok(Math.abs(neighbours) < 4 / Math.sqrt(DRAWS));
});

Deno.test("RandomSequence.shuffle: permutes in place, every order equally often", () => {
  fc.assert(fc.property(fc.nat(), fc.array(fc.integer()), (seed, items) => {
    const shuffled = [...items];
    assert.equal(new RandomSequence(seed).shuffle(shuffled), shuffled);
    assert.deepEqual(shuffled.toSorted((a, b) => a - b), items.toSorted((a, b) => a - b));
  }));
  const random = new RandomSequence(7), counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = random.shuffle(Uint8Array.of(0, 1, 2)).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 4 * Math.sqrt(6000 * 5 / 36));
});
