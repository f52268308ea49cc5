import assert from "node:assert/strict";
import { StepGraphon } from "@graphon-limit/graphon";
import { RandomSequence } from "@graphon-limit/runtime";
import { squaredDistances } from "../../packages/study/statistics/squared_distance.ts";
import { estimate } from "../../packages/study/statistics/estimate.ts";

/** Trials about a constant graphon, each cell off by a normal number. */
function trials(random: RandomSequence, count: number, value: number, noise: number): StepGraphon[] {
  return Array.from(
    { length: count },
    () => new StepGraphon(6, 6, Float64Array.from({ length: 36 }, () => value + noise * random.normal())),
  );
}

Deno.test("squaredDistances: without noise the squared distance itself, every trial's", () => {
  const a = trials(new RandomSequence(1), 4, 0.5, 0), b = trials(new RandomSequence(2), 4, 0.2, 0);
  for (const value of squaredDistances(a, b)) assert.ok(Math.abs(value - 36 * 0.09) < 1e-12);
});

Deno.test("squaredDistances: their mean is the squared mean difference less its noise, Σ s²/T", () => {
  const random = new RandomSequence(3);
  const a = trials(random, 5, 0.5, 0.1), b = trials(random, 5, 0.4, 0.2);
  let expected = 0;
  for (let cell = 0; cell < 36; cell++) {
    const { mean, deviation } = estimate(a.map(({ values }, t) => values[cell] - b[t].values[cell]));
    expected += mean ** 2 - deviation ** 2 / 5;
  }
  assert.ok(Math.abs(estimate(squaredDistances(a, b)).mean - expected) < 1e-9);
});

Deno.test("squaredDistances: no bias, and intervals that cover, however large the noise", () => {
  const random = new RandomSequence(4), runs = 1000, gap = 0.1, truth = 36 * gap ** 2;
  let sum = 0, covered = 0;
  for (let run = 0; run < runs; run++) {
    const { mean, margin } = estimate(
      squaredDistances(trials(random, 6, 0.3 + gap, 0.1), trials(random, 6, 0.3, 0.1)),
    );
    sum += mean;
    if (Math.abs(mean - truth) <= margin) covered++;
  }
  assert.ok(Math.abs(sum / runs / truth - 1) < 0.03, `${sum / runs} for ${truth}`);
  assert.ok(covered > 0.92 * runs && covered < 0.985 * runs, `${covered} of ${runs}`);
});

Deno.test("squaredDistances: too few trials give one value, whose error cannot be seen", () => {
  const random = new RandomSequence(5);
  for (const count of [1, 2]) {
    const values = squaredDistances(trials(random, count, 0.5, 0.1), trials(random, count, 0.5, 0.1));
    assert.equal(values.length, 1);
    assert.equal(estimate(values).margin, Infinity);
  }
});
