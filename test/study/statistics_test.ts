import assert from "node:assert/strict";
import fc from "fast-check";
import {
  difference,
  estimate,
  lineThrough,
  sign,
  withDeviation,
  within,
  withInterval,
  withMargin,
} from "../../packages/study/statistics/estimate.ts";
import { RandomSequence } from "@graphon-limit/runtime";

Deno.test("estimate: mean, deviation and Student's interval", () => {
  const { mean, deviation, margin, count } = estimate([1, 2, 3]);
  assert.deepEqual([mean, deviation, count], [2, 1, 3]);
  assert.ok(Math.abs(margin - 4.303 / Math.sqrt(3)) < 1e-3);
  const single = estimate([5]);
  assert.deepEqual([single.mean, single.deviation, single.margin], [5, NaN, Infinity]);
});

Deno.test("estimate: the interval covers the true mean about 95 times in 100", () => {
  const random = new RandomSequence(1);
  for (const count of [2, 3, 5, 40]) {
    let covered = 0;
    for (let run = 0; run < 2000; run++) {
      // Twelve uniform numbers add up to nearly a normal one, of deviation 1.
      const values = Array.from({ length: count }, () => {
        let sum = 4;
        for (let i = 0; i < 12; i++) sum += random.uniform() - 0.5;
        return sum;
      });
      const { mean, margin } = estimate(values);
      if (Math.abs(mean - 4) <= margin) covered++;
    }
    assert.ok(covered > 1860 && covered < 1940, `${count} values: ${covered} of 2000`);
  }
});

Deno.test("difference: in pairs, whatever the trials have in common", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2 }), (base) => {
      const { mean, margin } = difference(base.map((value) => value + 0.25), base);
      assert.ok(Math.abs(mean - 0.25) < 1e-9 && margin < 1e-9);
    }),
  );
});

Deno.test("sign and within: decided only beyond the margin", () => {
  const around = (mean: number, margin: number) => ({ mean, deviation: margin, margin, count: 3 });
  assert.equal(sign(around(1, 0.5)), "above");
  assert.equal(sign(around(-1, 0.5)), "below");
  assert.equal(sign(around(1, 2)), "undecided");
  assert.equal(sign(estimate([7])), "undecided");
  assert.equal(within(around(0.01, 0.02), 0.05), "within");
  assert.equal(within(around(-0.2, 0.02), 0.05), "beyond");
  assert.equal(within(around(0.04, 0.02), 0.05), "undecided");
});

Deno.test("lineThrough: a band of one deviation, none for single trials", () => {
  assert.deepEqual(lineThrough([estimate([1, 2, 3]), estimate([2, 4, 6])]), {
    y: [2, 4],
    low: [1, 2],
    high: [3, 6],
  });
  assert.deepEqual(lineThrough([estimate([1]), estimate([2])]), { y: [1, 2] });
});

Deno.test("withDeviation and withMargin: one number of trials has no error", () => {
  assert.equal(withDeviation(estimate([0.47, 0.49]), 2), "0.48 ± 0.01");
  assert.equal(withDeviation(estimate([0.47]), 2), "0.47");
  assert.equal(withMargin(estimate([-0.5]), 1), "−0.5");
  assert.match(withMargin(estimate([1, 2, 3]), 1), /^\+2\.0 ± 2\.5$/);
  assert.equal(withInterval(estimate([-1, -2, -3]), 1), "−2.0 ± 2.5");
  assert.equal(withInterval(estimate([2]), 1), "2.0");
});
