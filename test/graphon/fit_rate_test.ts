import assert from "node:assert/strict";
import fc from "fast-check";
import { fitRate } from "@graphon-limit/graphon";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import { oneLine } from "../runtime/support.ts";

const SIZES = [100, 250, 500, 1000, 2000];

Deno.test("fitRate: finds the exponent and constant of an exact power law, whatever the weights", () => {
  const positive = fc.double({ min: 0.01, max: 5, noNaN: true });
  fc.assert(fc.property(
    fc.double({ min: -1, max: 2, noNaN: true }),
    positive,
    fc.array(positive, { minLength: 5, maxLength: 5 }),
    (alpha, constant, shares) => {
      const points = SIZES.map((n, i) => ({
        n,
        distance: constant * n ** -alpha,
        standardError: shares[i] * n ** -alpha,
      }));
      for (const given of [points, points.map(({ n, distance }) => ({ n, distance }))]) {
        const fitted = fitRate(given);
        assert.ok(Math.abs(fitted.exponent - alpha) < 1e-9);
        assert.ok(Math.abs(fitted.constant / constant - 1) < 1e-8);
        assert.equal(fitted.points, 5);
      }
    },
  ));
});

Deno.test("fitRate: about two thirds of noisy power laws have their exponent within one standard error", () => {
  const random = new RandomSequence(4), runs = 600;
  for (const withErrors of [true, false]) {
    let within = 0;
    for (let run = 0; run < runs; run++) {
      const points = SIZES.map((n, i) => {
        // Errors that differ between the points are the case weights are for.
        const error = withErrors ? 0.02 * (1 + i) : 0.05,
          distance = n ** -0.5 * Math.exp(error * random.normal());
        return { n, distance, ...(withErrors ? { standardError: error * distance } : {}) };
      });
      const { exponent, standardError } = fitRate(points);
      if (Math.abs(exponent - 0.5) < standardError!) within++;
    }
    // With three degrees of freedom, a t variable is within one of its scale 61 % of the time, a normal one 68 %.
    assert.ok(within / runs > 0.54 && within / runs < 0.84, `${within} of ${runs}, errors ${withErrors}`);
  }
});

Deno.test("fitRate: weights are one over squared relative errors", () => {
  // The third point is off and so uncertain that the first two decide.
  const points = [
    { n: 10, distance: 1, standardError: 0.001 },
    { n: 100, distance: 0.1, standardError: 0.0001 },
    { n: 1000, distance: 0.1, standardError: 10 },
  ];
  const { exponent, standardError } = fitRate(points);
  assert.ok(Math.abs(exponent - 1) < 1e-4, `${exponent}`);
  // Two points of relative error 0.001, a factor 10 apart.
  assert.ok(Math.abs(standardError! - 0.001 * Math.SQRT2 / Math.log(10)) < 1e-5, `${standardError}`);
});

Deno.test("fitRate: two points, zeros left out, and what cannot be fitted", () => {
  const two = fitRate([{ n: 10, distance: 1 }, { n: 1000, distance: 0.1 }, { n: 4000, distance: 0 }]);
  assert.ok(Math.abs(two.exponent - 0.5) < 1e-12);
  assert.deepEqual([two.standardError, two.points], [undefined, 2]);
  const refused = (points: Parameters<typeof fitRate>[0], ...words: string[]) =>
    assert.throws(() => fitRate(points), oneLine(InvalidArgumentError, ...words));
  refused([{ n: 10, distance: 1 }, { n: 20, distance: 0 }], "two sizes", "1");
  refused([{ n: 10, distance: 1 }, { n: 10, distance: 2 }], "two sizes");
  refused([{ n: 10, distance: NaN }, { n: 20, distance: 1 }], "NaN", "10");
  refused([{ n: 0, distance: 1 }, { n: 20, distance: 1 }], "1 at 0");
  refused([{ n: 10, distance: 1, standardError: 0.1 }, { n: 20, distance: 1 }], "all 2", "1");
  refused(
    [{ n: 10, distance: 1, standardError: 0 }, { n: 20, distance: 1, standardError: 1 }],
    "above 0",
    "10",
  );
});
