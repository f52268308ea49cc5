import assert from "node:assert/strict";
import fc from "fast-check";
import { initialiseWeights, magnitudeScores, randomScores, sampleMask } from "@graphon-limit/ops";
import { elementBlock, normalsFromBits, seedFrom, STREAM, uniformFromBits } from "@graphon-limit/runtime";
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

const seeds = { seedLow: fc.nat(0xffffffff), seedHigh: fc.nat(0xffffffff), layer: fc.nat(100) };
const NEGATIVE_INFINITY = 0xff800000;

/** Inputs that each row keeps, none for some. */
function keptInputs(seed: number, rows: number) {
  const { data } = normalMatrix(seed, rows, 1);
  return { rows, cols: 1, data: Uint32Array.from(data, (x) => Math.max(0, Math.floor(50 * x))) };
}

testOp(initialiseWeights, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    counts: fc.option(elementSeed),
    settings: fc.record({
      ...seeds,
      scale: fc.constantFrom(0.03, 1, 2),
      distribution: fc.constantFrom("normal" as const, "uniform" as const),
    }),
  }).map(({ rows, cols, counts, settings }) => ({
    args: { fanIn: counts === null ? undefined : keptInputs(counts, rows), weights: output(rows, cols) },
    settings,
  })),
  tolerance: { absolute: 3e-7, relative: 1e-6 },
});

testOp(randomScores, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    bits: fc.option(elementSeed),
    settings: fc.record(seeds),
  })
    .map(({ rows, cols, bits, settings }) => ({
      args: {
        mask: bits === null ? undefined : randomBits(bits, rows, cols),
        scores: output(rows, cols),
      },
      settings: { ...settings, pruned: NEGATIVE_INFINITY },
    })),
});

testOp(magnitudeScores, {
  cases: fc.record({ rows: dimension, cols: dimension, bits: fc.option(elementSeed), values: elementSeed })
    .map(({ rows, cols, bits, values }) => ({
      args: {
        weights: normalMatrix(values, rows, cols),
        mask: bits === null ? undefined : randomBits(bits, rows, cols),
        scores: output(rows, cols),
      },
      settings: { pruned: NEGATIVE_INFINITY },
    })),
});

testOp(sampleMask, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    cellRows: fc.integer({ min: 1, max: 9 }),
    cellColumns: fc.integer({ min: 1, max: 9 }),
    values: elementSeed,
    settings: fc.record(seeds),
  }).map(({ rows, cols, cellRows, cellColumns, values, settings }) => {
    const { data } = normalMatrix(values, cellRows, cellColumns);
    return {
      args: {
        probabilities: { rows: cellRows, cols: cellColumns, data: data.map((x) => 1 / (1 + Math.exp(-x))) },
        mask: output(rows, cols, "bits"),
      },
      settings: { ...settings, totalRows: rows },
    };
  }),
});

for (const kind of ["webgpu", "cpu"] as const) {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name: `${name} (${kind})`, sanitizeOps: false, sanitizeResources: false, fn });

  test("initialise_weights: element (i, j) comes from its own Philox lane, in panels or not", async () => {
    const seed = seedFrom(123456789012345),
      settings = { seedLow: seed[0], seedHigh: seed[1], layer: 3, scale: 2 };
    const expected = (i: number, j: number) => {
      const block = elementBlock(seed, STREAM.weights, 3, i, j);
      const pair = j % 4 < 2 ? normalsFromBits(block[0], block[1]) : normalsFromBits(block[2], block[3]);
      return 2 * pair[j % 2];
    };
    for (const limit of [undefined, 256]) {
      const device = await testDevice(kind, limit);
      using weights = device.matrix(21, 13);
      device.run(initialiseWeights, { weights }, settings);
      const values = await device.read(weights);
      for (let i = 0; i < 21; i++) {
        for (let j = 0; j < 13; j++) {
          const difference = Math.abs(values[i * 13 + j] - expected(i, j));
          assert.ok(difference < 2e-6, `weight (${i}, ${j}) is off by ${difference}`);
        }
      }
    }
  });

  test("initialise_weights: normal weights have the moments of a normal distribution", async () => {
    const device = await testDevice(kind);
    using weights = device.matrix(300, 401);
    device.run(initialiseWeights, { weights }, { seedLow: 1, seedHigh: 2, layer: 0, scale: 1 });
    const values = await device.read(weights);
    const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / values.length;
    // Four standard errors of each moment at 120,300 samples.
    assert.ok(Math.abs(moment(1)) < 0.0116);
    assert.ok(Math.abs(moment(2) - 1) < 0.0164);
    assert.ok(Math.abs(moment(3)) < 0.045);
    assert.ok(Math.abs(moment(4) - 3) < 0.114);
  });

  test("random_scores: uniform scores, the same on every device", async () => {
    const device = await testDevice(kind);
    using scores = device.matrix(7, 10);
    device.run(randomScores, { scores }, { seedLow: 9, seedHigh: 8, layer: 2, pruned: NEGATIVE_INFINITY });
    const values = await device.read(scores);
    for (let i = 0; i < 7; i++) {
      for (let j = 0; j < 10; j++) {
        const expected = uniformFromBits(elementBlock([9, 8], STREAM.scores, 2, i, j)[j % 4]);
        assert.equal(values[i * 10 + j], expected);
      }
    }
  });

  test("random_scores and sample_mask: panels make no difference, nor does where a matrix ends", async () => {
    const draw = async (limit: number | undefined, rows: number, cols: number) => {
      const device = await testDevice(kind, limit);
      using cells = device.upload(Float32Array.of(0.1, 0.4, 0.6, 0.9, 0.5, 0.2), 3, 2);
      using mask = device.bits(rows, cols);
      using scores = device.matrix(rows, cols);
      const settings = { seedLow: 11, seedHigh: 12, layer: 1 };
      device.run(sampleMask, { probabilities: cells, mask }, { ...settings, totalRows: rows });
      device.run(randomScores, { scores, mask }, { ...settings, pruned: 0xbf800000 });
      return { bits: await readMask(device, mask), scores: await device.read(scores) };
    };
    const whole = await draw(undefined, 61, 53);
    assert.deepEqual(await draw(512, 61, 53), whole);
    for (let i = 0; i < 61; i++) {
      for (let j = 0; j < 53; j++) {
        const drawn = uniformFromBits(elementBlock([11, 12], STREAM.mask, 1, i, j)[j % 4]);
        const probability =
          [0.1, 0.4, 0.6, 0.9, 0.5, 0.2][2 * Math.floor(3 * i / 61) + Math.floor(2 * j / 53)];
        const kept = drawn < Math.fround(probability), index = i * 53 + j;
        assert.equal(whole.bits[index], kept ? 1 : 0);
        const score = uniformFromBits(elementBlock([11, 12], STREAM.scores, 1, i, j)[j % 4]);
        assert.equal(whole.scores[index], kept ? score : -1);
      }
    }
  });

  test("sample_mask: cells have their densities, certain cells exactly", async () => {
    const device = await testDevice(kind);
    const probabilities = [0, 0.25, 0.7, 1];
    using cells = device.upload(Float32Array.from(probabilities), 2, 2);
    using mask = device.bits(400, 600);
    device.run(sampleMask, { probabilities: cells, mask }, {
      seedLow: 5,
      seedHigh: 0,
      layer: 1,
      totalRows: 400,
    });
    const bits = await readMask(device, mask);
    const ones = [0, 0, 0, 0];
    for (let i = 0; i < 400; i++) {
      for (let j = 0; j < 600; j++) ones[(i < 200 ? 0 : 2) + (j < 300 ? 0 : 1)] += bits[i * 600 + j];
    }
    probabilities.forEach((p, cell) => {
      // Five standard deviations of a binomial count; none at all for certain cells.
      assert.ok(
        Math.abs(ones[cell] - 60000 * p) <= 5 * Math.sqrt(60000 * p * (1 - p)),
        `cell ${cell}: ${ones[cell]}`,
      );
    });
  });
}
