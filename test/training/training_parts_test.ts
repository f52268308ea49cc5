import assert from "node:assert/strict";
import fc from "fast-check";
import { adam, momentumSgd } from "@graphon-limit/model";
import { constantRate, cosineRate, SampleOrder, stepRate, warmUp } from "@graphon-limit/training";
import { InvalidArgumentError } from "@graphon-limit/runtime";

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const drawn = fc.record({ samples: fc.integer({ min: 1, max: 60 }), seed: fc.tuple(word, word) });

Deno.test("SampleOrder: every epoch is a permutation, whatever pieces it is taken in", () => {
  fc.assert(fc.property(drawn, fc.array(fc.nat(70), { minLength: 1 }), ({ samples, seed }, pieces) => {
    const order = new SampleOrder({ samples, shuffle: true, seed });
    const whole = order.take(0, 4 * samples);
    for (let epoch = 0; epoch < 4; epoch++) {
      const sorted = [...whole.subarray(epoch * samples, (epoch + 1) * samples)].sort((a, b) => a - b);
      assert.deepEqual(sorted, Array.from({ length: samples }, (_, i) => i));
    }
    let position = 0;
    for (const piece of pieces) {
      const count = Math.min(piece, whole.length - position);
      assert.deepEqual(order.take(position, count), whole.slice(position, position + count));
      position += count;
    }
    // From anywhere, without what came before.
    const last = new SampleOrder({ samples, shuffle: true, seed }).take(3 * samples, samples);
    assert.deepEqual(last, whole.slice(3 * samples));
  }));
});

Deno.test("SampleOrder: the seed and the epoch decide; in order, the rows go round", () => {
  const take = (seed: readonly [number, number], from = 0) =>
    new SampleOrder({ samples: 40, shuffle: true, seed }).take(from, 40).join();
  assert.equal(take([1, 2]), take([1, 2]));
  assert.notEqual(take([1, 2]), take([1, 3]));
  assert.notEqual(take([1, 2]), take([1, 2], 40));
  const rows = new SampleOrder({ samples: 3, shuffle: false, seed: [0, 0] }).take(4, 6);
  assert.deepEqual([...rows], [1, 2, 0, 1, 2, 0]);
});

Deno.test("learning rates: their values at steps worked by hand", () => {
  const close = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-15);
  const at = (rate: (step: number) => number, steps: number[], expected: number[]) =>
    steps.forEach((step, i) => close(rate(step), expected[i]));
  at(constantRate(0.3), [0, 9], [0.3, 0.3]);
  at(stepRate(1, { every: 10 }), [0, 9, 10, 25], [1, 1, 0.1, 0.01]);
  at(stepRate(1, { every: 2, factor: 0.5 }), [1, 2, 5], [1, 0.5, 0.25]);
  at(cosineRate(2, { steps: 10 }), [0, 5, 10, 99], [2, 1, 0, 0]);
  at(cosineRate(2, { steps: 3, last: 1 }), [1, 3], [1.75, 1]);
  at(warmUp(constantRate(4), 4), [0, 1, 3, 4, 100], [1, 2, 4, 4, 4]);
  at(warmUp(constantRate(4), 0), [0], [4]);
});

Deno.test("learning rates and optimisers: refuse what makes no sense", () => {
  for (
    const make of [
      () => constantRate(-1),
      () => constantRate(NaN),
      () => stepRate(1, { every: 0 }),
      () => stepRate(1, { every: 1, factor: Infinity }),
      () => cosineRate(1, { steps: 1.5 }),
      () => cosineRate(1, { steps: 2, last: -1 }),
      () => warmUp(constantRate(1), -1),
      () => momentumSgd({ momentum: 1 }),
      () => adam({ beta1: -0.1 }),
      () => adam({ beta2: 1 }),
      () => adam({ epsilon: 0 }),
    ]
  ) assert.throws(make, InvalidArgumentError);
});
