import assert from "node:assert/strict";
import fc from "fast-check";
import {
  COPIES,
  ITSELF,
  LEAST_EXTRA,
  magnitudeDensity,
  seeCopy,
  type SurvivalBounds,
  survivalBounds,
} from "@graphon-limit/ops";
import { HostKernels, RandomSequence } from "@graphon-limit/runtime";

/** Numbers as far from each other as float32's rounding, and what the kernel's exponential leaves out, lets them be. */
function assertNear(found: Float32Array, expected: Float32Array, what: string): void {
  assert.equal(found.length, expected.length);
  found.forEach((value, at) => {
    const off = Math.abs(value - expected[at]);
    assert.ok(off <= 2e-6 * Math.abs(expected[at]), `${what} ${at}: ${value} in place of ${expected[at]}`);
  });
}

/** Copies of neurons that all are what the neurons themselves are. */
function alike(values: Float64Array): Float64Array {
  return Float64Array.from({ length: values.length * COPIES }, (_, at) => values[Math.floor(at / COPIES)]);
}

Deno.test("survivalBounds: the kernels agree with the twin, round after round", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom("normal", "uniform"),
      fc.constantFrom(0, 0.01, 0.5),
      fc.constantFrom(0, 0.3),
      fc.nat(),
      (count, rounds, law, answer, dead, seed) => {
        const random = new RandomSequence([seed, 1]), layer = { count, law } as const;
        using plain = survivalBounds(layer, null);
        using kernels = survivalBounds(layer, HostKernels.open());
        // Of neurons that are gone the copies with more are left.
        const copies = () => {
          const out = new Float64Array(count * COPIES);
          for (let i = 0; i < count; i++) {
            const first = random.uniform() < dead ? Math.floor(random.uniform() * (COPIES + 1)) : 0;
            let value = Math.exp(0.5 * random.normal());
            for (let copy = first; copy < COPIES; copy++) {
              out[i * COPIES + copy] = value;
              value *= 1 + answer * random.uniform();
            }
          }
          return out;
        };
        const side = () => ({
          seen: copies(),
          fields: Float64Array.from({ length: count }, () => Math.exp(0.5 * random.normal())),
          shares: Float64Array.from({ length: count }, () => 2 * random.uniform()),
        });
        for (let round = 0; round < rounds; round++) {
          const inputs = side(), outputs = side();
          const given = { threshold: 0.4 + 0.3 * round, round, inputs, outputs };
          for (const bounds of [plain, kernels]) bounds.raise(given);
          assertNear(kernels.kicked, plain.kicked, "bound");
          const pull = (bounds: SurvivalBounds) => [
            bounds.pull("outputs", inputs.seen.subarray(0, count), rounds),
            bounds.pull("inputs", outputs.seen.subarray(0, count), rounds),
          ];
          const [rows, columns] = pull(plain), [ownRows, ownColumns] = pull(kernels);
          assertNear(ownRows, rows, "pull of output");
          assertNear(ownColumns, columns, "pull of input");
        }
      },
    ),
    { numRuns: 120 },
  );
});

Deno.test("survivalBounds: without answers they are the largest τ/(c r), and the pull their moment", () => {
  const count = 5,
    side = (values: Float64Array) => ({
      ...{ seen: alike(values), fields: new Float64Array(count), shares: new Float64Array(count) },
    });
  const random = new RandomSequence([3, 4]),
    largest = new Float64Array(count ** 2),
    of = new Array(count ** 2);
  using bounds = survivalBounds({ count, law: "normal" });
  let r = new Float64Array(count);
  for (let round = 0; round < 3; round++) {
    r = Float64Array.from({ length: count }, () => 0.5 + random.uniform());
    const c = Float64Array.from({ length: count }, () => 0.5 + random.uniform());
    bounds.raise({ threshold: 0.9, round, inputs: side(r), outputs: side(c) });
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

Deno.test("survivalBounds: a bound is the least weight whose score, both sides answering it, is the threshold", () => {
  const count = 6, random = new RandomSequence([5, 6]), threshold = 1.3;
  const rising = () =>
    Float64Array.from(
      { length: count * COPIES },
      (_, at) => (1 + 0.4 * Math.floor(at / COPIES)) * (1 + 0.1 * (at % COPIES)),
    );
  const side = () => ({
    seen: rising(),
    fields: Float64Array.from({ length: count }, () => 0.5 + random.uniform()),
    shares: Float64Array.from({ length: count }, () => 0.5 + random.uniform()),
  });
  const inputs = side(), outputs = side();
  using bounds = survivalBounds({ count, law: "normal" });
  // The weight of the edge in its place is its mean before the round, in which nothing is gone; later the bound is near at once.
  const replaced = Math.sqrt(2 / Math.PI), up = { value: 0, slope: 0 }, down = { value: 0, slope: 0 };
  bounds.raise({ threshold, round: 0, inputs, outputs });
  bounds.kicked.forEach((root, at) => {
    const i = Math.floor(at / count), j = at % count;
    seeCopy(outputs.seen, i, (root - outputs.shares[i] * replaced) * inputs.fields[j], up);
    seeCopy(inputs.seen, j, (root - inputs.shares[j] * replaced) * outputs.fields[i], down);
    const score = root * up.value * down.value;
    assert.ok(Math.abs(score - threshold) < 2e-3 * threshold, `${i}, ${j}: a score of ${score}`);
  });
});

Deno.test("seeCopy: a neuron's copies at whole weights, lines between them, and the last ones beyond", () => {
  const copies = Float64Array.from({ length: 2 * COPIES }, (_, at) => at < COPIES ? 0 : (at - COPIES) ** 2);
  const seen = { value: 0, slope: 0 };
  const at = (extra: number) => {
    seeCopy(copies, 1, extra, seen);
    return [seen.value, seen.slope];
  };
  assert.deepEqual(at(0), [ITSELF ** 2, 2 * ITSELF + 1]);
  assert.deepEqual(at(0.25), [ITSELF ** 2 + 0.25 * (2 * ITSELF + 1), 2 * ITSELF + 1]);
  assert.deepEqual(at(LEAST_EXTRA - 9), [0, 1]);
  assert.deepEqual(at(LEAST_EXTRA + COPIES + 9)[0], (COPIES - 1) ** 2);
});
