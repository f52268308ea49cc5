import assert from "node:assert/strict";
import fc from "fast-check";
import { addPlaces, gradientPanel, headMix, headScores, sumPlaces } from "@graphon-limit/ops";
import { RandomSequence } from "@graphon-limit/runtime";
import { KINDS } from "../runtime/support.ts";
import { dimension, elementSeed, normalMatrix, output, runCase, testDevice, testOp } from "./harness.ts";

const few = fc.integer({ min: 1, max: 3 });

/** Heads, channels of each, tokens, samples of either side: one of them maybe so many times fewer. */
const heads = fc.record({
  heads: few,
  channels: fc.constantFrom(0, 1, 3, 4, 5, 9),
  tokens: fc.constantFrom(1, 2, 3, 4, 5, 16, 17),
  samples: fc.constantFrom(1, 2, 3, 9, 17),
  times: fc.constantFrom([1, 1], [1, 2], [3, 1]),
  accumulate: fc.nat(1),
  seed: elementSeed,
}).map(({ heads, channels, tokens, samples, times: [left, right], accumulate, seed }) => ({
  ...{ heads, seed, tokens },
  rows: heads * channels,
  left: left * samples * tokens,
  right: right * samples * tokens,
  cols: Math.max(left, right) * samples * tokens,
  settings: { heads, tokens, scale: 0.5, accumulate },
}));

const tolerance = { absolute: 1e-5, relative: 1e-5 };

testOp(headScores, {
  cases: heads.map(({ heads, tokens, seed, rows, left, right, cols, settings }) => ({
    args: {
      left: normalMatrix(seed, rows, left),
      right: normalMatrix(seed + 1, rows, right),
      out: normalMatrix(seed + 2, heads * tokens, cols),
    },
    settings,
  })),
  tolerance,
});
testOp(headMix, {
  cases: fc.tuple(heads, fc.boolean()).map(
    ([{ heads, tokens, seed, rows, left, right, cols, settings }, transposed]) => ({
      args: {
        weights: normalMatrix(seed, heads * tokens, left),
        x: normalMatrix(seed + 1, rows, right),
        out: normalMatrix(seed + 2, rows, cols),
      },
      settings: { ...settings, transposed },
    }),
  ),
  tolerance,
});
testOp(addPlaces, {
  cases: fc.record({
    tokens: fc.integer({ min: 1, max: 9 }),
    channels: dimension,
    samples: fc.nat(4),
    divided: fc.boolean(),
    absolute: fc.boolean(),
    seed: elementSeed,
  }).map(({ tokens, channels, samples, divided, absolute, seed }) => ({
    args: {
      places: normalMatrix(seed, tokens, channels),
      divisor: divided ? { rows: 1, cols: 1, data: Float32Array.of(3) } : undefined,
      y: normalMatrix(seed + 1, channels, samples * tokens),
    },
    settings: { absolute },
  })),
  tolerance: { absolute: 1e-6, relative: 1e-6 },
});
testOp(sumPlaces, {
  cases: fc.record({
    tokens: fc.integer({ min: 1, max: 9 }),
    channels: dimension,
    samples: fc.nat(9),
    seed: elementSeed,
  }).map(({ tokens, channels, samples, seed }) => ({
    args: { x: normalMatrix(seed, channels, samples * tokens), out: output(tokens, channels) },
  })),
  tolerance: { absolute: 1e-5, relative: 1e-6 },
});
testOp(gradientPanel, {
  cases: fc.record({
    inputs: fc.integer({ min: 1, max: 9 }),
    outputs: fc.integer({ min: 1, max: 9 }),
    positions: fc.constantFrom(1, 3, 4, 9),
    samples: fc.integer({ min: 1, max: 12 }),
    times: few,
    listed: fc.constantFrom(1, 2, 31, 70),
    cut: fc.nat(),
    seed: elementSeed,
  }).map(({ inputs, outputs, positions, samples, times, listed, cut, seed }) => {
    const random = new RandomSequence(seed);
    const chosen = (bound: number) => ({
      rows: 1,
      cols: listed,
      data: Uint32Array.from({ length: listed }, () => random.integer(bound)),
    });
    const start = cut % listed,
      sampleStart = cut % (samples * times),
      sampleCount = samples * times - sampleStart;
    return {
      args: {
        h: normalMatrix(seed, inputs, samples * positions),
        delta: normalMatrix(seed + 1, outputs, times * samples * positions),
        outputs: chosen(outputs),
        inputs: chosen(inputs),
        panel: normalMatrix(seed + 2, listed, samples * times + cut % 3),
      },
      settings: { positions, start, count: listed - start, sampleStart, sampleCount },
    };
  }),
  tolerance,
});

for (const kind of KINDS) {
  Deno.test({
    name: `attention: two tokens worked by hand (${kind})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind), settings = { heads: 1, tokens: 2, scale: 1, accumulate: 0 };
      // Two channels, tokens as columns: queries (1, 2) and (3, 4), keys (5, 6) and (7, 8).
      const matrix = (...data: number[]) => ({ rows: 2, cols: 2, data: Float32Array.from(data) });
      const args = { left: matrix(1, 3, 2, 4), right: matrix(5, 7, 6, 8), out: output(2, 2) };
      const scores = await runCase(device, headScores, { args, settings });
      // A row for each key, a column for each query.
      assert.deepEqual([...scores.out], [5 + 12, 15 + 24, 7 + 16, 21 + 32]);
      const weights = matrix(1, 2, 3, 4), x = matrix(1, 10, 100, 1000);
      const mixed = await runCase(device, headMix, { args: { weights, x, out: output(2, 2) }, settings });
      assert.deepEqual([...mixed.out], [1 + 30, 2 + 40, 100 + 3000, 200 + 4000]);
      const given = await runCase(device, headMix, {
        args: { weights, x, out: output(2, 2) },
        settings: { ...settings, transposed: true },
      });
      assert.deepEqual([...given.out], [1 + 20, 3 + 40, 100 + 2000, 300 + 4000]);
    },
  });
}
