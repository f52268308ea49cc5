import assert from "node:assert/strict";
import fc from "fast-check";
import {
  kthSmallest,
  maskFromThreshold,
  NO_TIES,
  readThreshold,
  selectDigit,
  selectHistogram,
} from "@graphon-limit/ops";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import {
  dimension,
  elementSeed,
  normalMatrix,
  output,
  randomBits,
  readMask,
  testDevice,
  testOp,
} from "./harness.ts";
import { tiled } from "./other_adapters.ts";
import { KEY_DIGITS, SELECT_ROWS } from "../../packages/ops/select_state.ts";

/** Numbers where an order on bits goes wrong: signed zeros, infinities, the smallest and largest, and many ties. */
const awkward = fc.constantFrom(
  0,
  -0,
  Infinity,
  -Infinity,
  1e-45,
  -1e-45,
  1.1754944e-38,
  3.4028235e38,
  1,
  -1,
  1.0000001,
);
const scoreValue = fc.oneof(awkward, fc.float({ noNaN: true }), fc.integer({ min: -3, max: 3 }));

/** Binding limits of the devices: their own, and one that cuts scores into panels but holds the selection's histogram. */
const LIMITS = [undefined, 82000] as const;

const histogramCases = {
  limits: LIMITS,
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    values: elementSeed,
    nan: fc.boolean(),
    pass: fc.constantFrom(0, 1, 2),
    prefix: fc.nat(0xffffffff),
    // Sizes of the matrices counted with it, which are in one piece.
    others: fc.array(fc.tuple(fc.nat(9), fc.nat(40)), { maxLength: 3 }),
  }).map(({ rows, cols, values, nan, pass, prefix, others }) => {
    const scores = normalMatrix(values, rows, cols);
    const [second, third, fourth] = others.map(([rows, cols], k) => normalMatrix(values + k + 1, rows, cols));
    if (nan && scores.data.length > 0) scores.data[scores.data.length >> 1] = NaN;
    const [shift, digitBits] = KEY_DIGITS[pass];
    return {
      args: {
        scores,
        second,
        third,
        fourth,
        // Half of the prefixes are near those of ordinary numbers, so that some scores match.
        state: {
          rows: 1,
          cols: 6,
          data: Uint32Array.of(
            prefix % 2 ? 0xbf800000 + (prefix % 9) * 2 ** 21 : prefix,
            1,
            0,
            0,
            0,
            0,
          ),
        },
        // A third of the counts are about to pass 2³².
        histogram: {
          rows: SELECT_ROWS,
          cols: 2049,
          data: Uint32Array.from(
            { length: SELECT_ROWS * 2049 },
            (_, i) => i < 2049 && i % 3 === 0 ? 2 ** 32 - 1 : i % 3,
          ),
        },
      },
      settings: { shift, digitBits },
    };
  }),
};
testOp(selectHistogram, { ...histogramCases, runs: 150 });
testOp(tiled(selectHistogram), { ...histogramCases, runs: 25 });

testOp(selectDigit, {
  runs: 200,
  cases: fc.record({
    values: elementSeed,
    pass: fc.constantFrom(0, 1, 2),
    fraction: fc.double({ min: 0, max: 1, noNaN: true }),
    most: fc.constantFrom(50, 2 ** 30, 2 ** 36),
    breakTies: fc.nat(1),
    worthless: fc.constantFrom(0x007fffff, 0x80000000, 0xffffffff),
    noted: fc.option(fc.nat(4)),
  })
    .map(({ values, pass, fraction, most, breakTies, worthless, noted }) => {
      const random = new RandomSequence(values);
      const counts = Array.from(
        { length: 2049 },
        () => random.integer(4) === 0 ? Math.floor(most * random.uniform()) : 0,
      );
      if (pass === 2) counts.fill(0, 1024, 2048);
      const total = counts.slice(0, 2048).reduce((sum, count) => sum + count, 0);
      const rank = Math.max(1, Math.ceil(fraction * total));
      const [rankLow, rankHigh] = [rank % 2 ** 32, Math.floor(rank / 2 ** 32)];
      const upper = counts.map((count) => Math.floor(count / 2 ** 32));
      return {
        args: {
          state: { rows: 1, cols: 6, data: Uint32Array.of(0, rankLow, 0, rankHigh, 7, 8) },
          histogram: {
            rows: SELECT_ROWS,
            cols: 2049,
            // Ties were counted in the rows behind.
            data: Uint32Array.from(
              { length: SELECT_ROWS * 2049 },
              (_, i) => [...counts, ...upper][i] ?? i % 3,
            ),
          },
          history: noted === null
            ? undefined
            : { rows: 5, cols: 6, data: new Uint32Array(30).fill(0xabcdef) },
        },
        settings: {
          ...{ shift: KEY_DIGITS[pass][0], first: pass === 0 ? 1 : 0 },
          ...{ rankLow, rankHigh, worthless, breakTies, row: noted ?? 0 },
        },
      };
    }),
});

/** Counts of which those of a third of the bins are about to pass 2³². */
function nearlyFull() {
  return Uint32Array.from({ length: SELECT_ROWS * 2049 }, (_, i) => i % 3 === 0 ? 2 ** 32 - 1 : i % 3);
}

testOp(maskFromThreshold, {
  limits: LIMITS,
  cases: fc.record({
    rows: fc.tuple(dimension, fc.constantFrom(1, 1, 4)).map(([rows, by]) => rows * by),
    cols: dimension,
    values: elementSeed,
    bits: fc.option(elementSeed),
    key: fc.nat(6),
    noted: fc.boolean(),
    wanted: fc.constantFrom([0, 0], [1, 0], [0, 1]),
    // Of a piece of the mask alone: what is before its first word and after its last is not noted.
    start: fc.constantFrom(0, 1, 37, 2 ** 32 - 2),
    missing: fc.constantFrom(0, 0, 3),
    seed: fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)),
    offset: fc.constantFrom(0, 12345, 2 ** 27 - 1, 31 * 2 ** 27 + 5),
  })
    .map(({ rows, cols, values, bits, key, noted, wanted, start, missing, seed, offset }) => {
      const [low, high] = wanted, histogram = { rows: SELECT_ROWS, cols: 2049, data: nearlyFull() };
      const threshold = [0x80000000, 0, 0xffffffff, 0xbf800000, 0x40000000, 0xc0, 0xbe000000][key];
      const words = Math.max(0, rows * Math.ceil(cols / 32) + (start < 2 ** 31 ? start : 0) - missing);
      return {
        args: {
          scores: normalMatrix(values, rows, cols),
          previous: bits === null ? undefined : randomBits(bits, rows, cols),
          state: { rows: 1, cols: 6, data: Uint32Array.of(threshold, low, 0, high, 0, 0) },
          mask: output(rows, cols, "bits"),
          ties: noted ? { rows: 1, cols: words, data: new Uint32Array(words).fill(0xabcdef01) } : undefined,
          histogram: noted ? histogram : undefined,
        },
        settings: { ...{ seedLow: seed[0], seedHigh: seed[1], offset }, start },
      };
    }),
});

for (const kind of ["webgpu", "cpu"] as const) {
  for (const limit of LIMITS) {
    const where = `${kind}${limit ? `, panels of ${limit} bytes` : ""}`;
    const test = (name: string, fn: () => Promise<void>) =>
      Deno.test({ name: `${name} (${where})`, sanitizeOps: false, sanitizeResources: false, fn });

    test("kthSmallest: agrees with sorting, over several matrices with ties", async () => {
      const device = await testDevice(kind, limit);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(scoreValue, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 4 }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          async (lists, fraction) => {
            const matrices = lists.map((list) => device.upload(Float32Array.from(list), list.length, 1));
            const sorted = Float32Array.from(lists.flat()).sort((a, b) => a < b ? -1 : a > b ? 1 : 0);
            const k = 1 + Math.floor(fraction * (sorted.length - 1));
            using state = kthSmallest(device, matrices, k);
            const { value, notNumbers } = await readThreshold(state);
            for (const matrix of matrices) matrix.dispose();
            assert.equal(notNumbers, 0);
            // −0 and 0 are one score.
            assert.ok(
              value === sorted[k - 1],
              `rank ${k} of ${sorted.length}: found ${value}, sorting says ${sorted[k - 1]}`,
            );
          },
        ),
        { numRuns: 60 },
      );
    });

    test("maskFromThreshold: keeps exactly what sorting says is above the k-th", async () => {
      const device = await testDevice(kind, limit);
      const random = new RandomSequence(7);
      const scores = Float32Array.from({ length: 300 * 15 }, () => Math.round(20 * random.normal()) / 20);
      using matrix = device.upload(scores, 300, 15);
      using mask = device.bits(300, 15);
      using state = kthSmallest(device, [matrix], 3600);
      device.run(maskFromThreshold, { scores: matrix, state, mask }, NO_TIES);
      const threshold = scores.toSorted()[3599];
      assert.deepEqual(
        [...await readMask(device, mask)],
        [...scores].map((score) => score > threshold ? 1 : 0),
      );
    });
  }

  Deno.test({
    name: `kthSmallest: agrees with sorting over more scores than a workgroup reads (${kind})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind), random = new RandomSequence(31);
      // Subnormal numbers, distinct but all zero to arithmetic that flushes them; many ties; a wide spread of exponents.
      const draws = [
        () => (random.integer(2001) - 1000) * 2 ** -149,
        () => random.integer(5) - 2,
        () => random.normal() * 10 ** (random.integer(60) - 30),
      ];
      const shapes = [[300, 260], [113, 1001], [70001, 1]] as const;
      const lists = shapes.map(([rows, cols], i) => Float32Array.from({ length: rows * cols }, draws[i]));
      const matrices = lists.map((list, i) => device.upload(list, shapes[i][0], shapes[i][1]));
      const sorted = new Float32Array(lists.reduce((sum, { length }) => sum + length, 0));
      lists.reduce((offset, list) => (sorted.set(list, offset), offset + list.length), 0);
      sorted.sort();
      const ranks = Array.from({ length: 40 }, () => 1 + random.integer(sorted.length));
      for (const k of [1, 2, sorted.length - 1, sorted.length, ...ranks]) {
        using state = kthSmallest(device, matrices, k);
        const { value } = await readThreshold(state);
        assert.ok(value === sorted[k - 1], `rank ${k}: found ${value}, sorting says ${sorted[k - 1]}`);
      }
      for (const matrix of matrices) matrix.dispose();
    },
  });

  Deno.test({
    name: `kthSmallest: counts NaN and refuses ranks outside the scores (${kind})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind);
      using matrix = device.upload(Float32Array.of(1, NaN, 2, NaN), 2, 2);
      using state = kthSmallest(device, [matrix], 2);
      assert.equal((await readThreshold(state)).notNumbers, 2);
      for (const k of [0, 5, 1.5]) {
        assert.throws(() => kthSmallest(device, [matrix], k), InvalidArgumentError);
      }
    },
  });
}

// On WebGPU the carry is tested by select_histogram's cases; a software adapter takes minutes for as many scores.
Deno.test({
  name: "kthSmallest: finds ranks beyond 2³² among as many scores (cpu)",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const device = await testDevice("cpu"), random = new RandomSequence(5), copies = 1030;
    const scores = Float32Array.from({ length: 2 ** 22 }, () => random.integer(1000));
    using matrix = device.upload(scores, 2 ** 11, 2 ** 11);
    const sorted = scores.toSorted(), k = 2 ** 32 + 12345678;
    using state = kthSmallest(device, new Array(copies).fill(matrix), k);
    const { value } = await readThreshold(state);
    assert.equal(value, sorted[Math.ceil(k / copies) - 1]);
    assert.notEqual(value, sorted[Math.ceil((k - 2 ** 32) / copies) - 1]);
  },
});
