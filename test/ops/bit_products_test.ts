import assert from "node:assert/strict";
import fc from "fast-check";
import { bitMatmul, bitRowProducts, maxRowDifference } from "@graphon-limit/ops";
import { packBits, RandomSequence } from "@graphon-limit/runtime";
import { onBothDevices } from "../runtime/support.ts";
import {
  dimension,
  elementSeed,
  normalMatrix,
  output,
  positiveDimension,
  randomBits,
  testOp,
} from "./harness.ts";

const density = fc.constantFrom(0, 0.2, 0.7, 1);

testOp(bitMatmul, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    width: fc.integer({ min: 0, max: 20 }),
    seed: elementSeed,
    density,
  })
    .map(({ rows, cols, width, seed, density }) => ({
      args: {
        mask: randomBits(seed, rows, cols, density),
        x: normalMatrix(seed + 1, cols, width),
        out: normalMatrix(seed + 2, rows, width),
      },
    })),
  tolerance: { absolute: 2e-5, relative: 1e-5 },
});

testOp(bitRowProducts, {
  cases: fc.record({ rows: dimension, others: dimension, cols: dimension, seed: elementSeed, density })
    .map(({ rows, others, cols, seed, density }) => ({
      args: {
        left: randomBits(seed, rows, cols, density),
        right: randomBits(seed + 1, others, cols, density),
        counts: wholeNumbers(seed + 2, rows, others, 9),
      },
    })),
});

testOp(maxRowDifference, {
  cases: fc.record({
    items: positiveDimension,
    // More than 512 are taken in turns by the kernel.
    references: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 40 }) },
      fc.constantFrom(512, 600),
    ),
    rows: fc.integer({ min: 0, max: 20 }),
    seed: elementSeed,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }).map(({ items, references, rows, seed, share }) => {
    const firstItem = Math.floor(share * items) % items;
    return {
      args: {
        counts: wholeNumbers(seed, references, items, 1000),
        reference: wholeNumbers(seed + 1, references, 1, items),
        distances: output(Math.min(rows, items - firstItem), items, "u32"),
      },
      settings: { firstItem },
    };
  }),
});

function wholeNumbers(seed: number, rows: number, cols: number, bound: number) {
  const random = new RandomSequence(seed);
  return { rows, cols, data: Uint32Array.from({ length: rows * cols }, () => random.integer(bound)) };
}

onBothDevices("bit products and row differences: agree with counting entry by entry", async (device) => {
  const rows = 13, cols = 45, { bits } = randomBits(4, rows, cols, 0.4);
  const row = (i: number) => [...bits.subarray(i * cols, (i + 1) * cols)];
  const shared = (i: number, j: number) => row(i).filter((bit, k) => bit && row(j)[k]).length;
  using mask = device.uploadBits(packBits(bits, rows, cols), rows, cols);
  using counts = device.matrix(rows, rows, "u32");
  device.clear(counts);
  device.run(bitRowProducts, { left: mask, right: mask, counts });
  const found = await device.read(counts);
  found.forEach((count, at) => assert.equal(count, shared(Math.floor(at / rows), at % rows)));

  using ones = device.upload(new Float32Array(cols).fill(1), cols, 1);
  using degrees = device.matrix(rows, 1);
  device.run(bitMatmul, { mask, x: ones, out: degrees });
  (await device.read(degrees)).forEach((degree, i) => assert.equal(degree, shared(i, i)));

  using reference = device.upload(Uint32Array.from({ length: rows }, (_, i) => i), rows, 1);
  using distances = device.matrix(3, rows, "u32");
  device.run(maxRowDifference, { counts, reference, distances }, { firstItem: 5 });
  (await device.read(distances)).forEach((distance, at) => {
    const i = 5 + Math.floor(at / rows), j = at % rows;
    const thirds = Array.from({ length: rows }, (_, k) => k).filter((k) => k !== i && k !== j);
    assert.equal(distance, Math.max(...thirds.map((k) => Math.abs(shared(i, k) - shared(j, k)))));
  });
});
