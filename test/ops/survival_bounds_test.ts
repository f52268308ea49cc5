import assert from "node:assert/strict";
import fc from "fast-check";
import { magnitudeDensity, seenAlong, type SurvivalBounds, survivalBounds } from "@graphon-limit/ops";
import { HostKernels, RandomSequence } from "@graphon-limit/runtime";

/** Numbers as far from each other as float32's rounding, and what the kernel's exponential leaves out, lets them be. */
function assertNear(found: Float32Array, expected: Float32Array, what: string): void {
  assert.equal(found.length, expected.length);
  found.forEach((value, at) => {
    const off = Math.abs(value - expected[at]);
    assert.ok(off <= 2e-6 * Math.abs(expected[at]), `${what} ${at}: ${value} in place of ${expected[at]}`);
  });
}

Deno.test("survivalBounds: the kernels agree with the twin, round after round", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom("normal", "uniform"),
      fc.constantFrom(0, 0.3, 30),
      fc.constantFrom(0, 0.3),
      fc.nat(),
      (count, rounds, law, answer, dead, seed) => {
        const random = new RandomSequence([seed, 1]),
          width = count * 3,
          layer = { count, width, law } as const;
        using plain = survivalBounds(layer, null);
        using kernels = survivalBounds(layer, HostKernels.open());
        const values = () =>
          Float64Array.from(
            { length: count },
            () => random.uniform() < dead ? 0 : Math.exp(0.5 * random.normal()),
          );
        const answers = () => ({
          slopes: Float32Array.from({ length: count ** 2 }, () => answer * width * random.normal()),
          means: Float64Array.from({ length: count }, () => answer * width * random.normal()),
        });
        for (let round = 0; round < rounds; round++) {
          const r = values(), c = values(), threshold = 0.4 + 0.3 * round;
          const given = { threshold, round, r, c, answers: { r: answers(), c: answers() } };
          for (const bounds of [plain, kernels]) bounds.raise(given);
          assertNear(kernels.kicked, plain.kicked, "bound");
          const pull = (bounds: SurvivalBounds) => [
            bounds.pull("outputs", r, rounds),
            bounds.pull("inputs", c, rounds),
          ];
          const [outputs, inputs] = pull(plain), [ownOutputs, ownInputs] = pull(kernels);
          assertNear(ownOutputs, outputs, "pull of output");
          assertNear(ownInputs, inputs, "pull of input");
        }
      },
    ),
    { numRuns: 120 },
  );
});

Deno.test("survivalBounds: without answers they are the largest τ/(c r), and the pull their moment", () => {
  const count = 5, none = { slopes: new Float32Array(count ** 2), means: new Float64Array(count) };
  const random = new RandomSequence([3, 4]),
    largest = new Float64Array(count ** 2),
    of = new Array(count ** 2);
  using bounds = survivalBounds({ count, width: count, law: "normal" });
  let r = new Float64Array(count);
  for (let round = 0; round < 3; round++) {
    r = Float64Array.from({ length: count }, () => 0.5 + random.uniform());
    const c = Float64Array.from({ length: count }, () => 0.5 + random.uniform());
    bounds.raise({ threshold: 0.9, round, r, c, answers: { r: none, c: none } });
    largest.forEach((before, at) => {
      const bound = 0.9 / (c[Math.floor(at / count)] * r[at % count]);
      if (bound <= before) return;
      largest[at] = bound;
      of[at] = round;
    });
  }
  assertNear(bounds.kicked, Float32Array.from(largest), "bound");
  const expected = new Float64Array(3 * count);
  largest.forEach((bound, at) => {
    expected[3 * Math.floor(at / count) + of[at]] += bound ** 2 * magnitudeDensity(bound, "normal") *
      r[at % count];
  });
  assertNear(bounds.pull("outputs", r, 3), Float32Array.from(expected), "pull");
});

Deno.test("seenAlong: changes add up in the logarithm, to a factor of e", () => {
  for (const log of [-5, -1, -0.3, -0.0101, -0.0099, 0, 1e-5, 0.0099, 0.5, 3]) {
    const expected = 7 * Math.exp(Math.min(Math.max(log, -1), 1));
    assert.ok(Math.abs(seenAlong(7, 7 * log) - expected) < 1e-9 * expected, `${log}`);
  }
  assert.equal(seenAlong(0, 1), 0);
});
