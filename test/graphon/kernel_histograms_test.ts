import assert from "node:assert/strict";
import fc from "fast-check";
import { axisOrders, jointDensity, kernelHistograms, sortAndSmooth } from "@graphon-limit/graphon";
import { type Axis, axis } from "@graphon-limit/model";
import { type BitMatrix, type Device, packBits, RandomSequence } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";

/** A mask by its bytes [outputs, inputs, taps]. */
interface Bytes {
  readonly rows: number;
  readonly inputs: number;
  readonly taps: number;
  readonly bits: Uint8Array;
}

function drawn(rows: number, inputs: number, taps: number, seed: number): Bytes {
  const random = new RandomSequence(seed);
  // Rows and inputs of different degrees, so that the order is about something.
  const bits = Uint8Array.from({ length: rows * inputs * taps }, (_, at) => {
    const row = Math.floor(at / (inputs * taps)), input = Math.floor(at / taps) % inputs;
    return Number(random.uniform() < (0.2 + 0.8 * row / rows) * (0.2 + 0.8 * input / inputs));
  });
  return { rows, inputs, taps, bits };
}

function upload(device: Device, { rows, inputs, taps, bits }: Bytes): BitMatrix {
  return device.uploadBits(packBits(bits, rows, inputs * taps), rows, inputs * taps);
}

/** Sort, expand every node over the cells it overlaps, average: by the definition, element by element. */
function naive({ rows, inputs, taps, bits }: Bytes, tap: number, grid: number): Float64Array {
  const degree = (of: (at: number) => boolean) => bits.reduce((sum, bit, at) => sum + (of(at) ? bit : 0), 0);
  const byDegree = (n: number, at: (i: number) => number) => {
    const degrees = Array.from({ length: n }, (_, i) => at(i));
    return degrees.map((_, i) => i).sort((a, b) => degrees[b] - degrees[a] || a - b);
  };
  const rowOrder = byDegree(rows, (i) => degree((at) => Math.floor(at / (inputs * taps)) === i));
  const inputOrder = byDegree(inputs, (j) => degree((at) => Math.floor(at / taps) % inputs === j));
  const sums = new Float64Array(grid * grid), weights = new Float64Array(grid * grid);
  rowOrder.forEach((i, place) =>
    inputOrder.forEach((j, place2) => {
      const cell = Math.floor(place * grid / rows) * grid + Math.floor(place2 * grid / inputs);
      sums[cell] += bits[(i * inputs + j) * taps + tap];
      weights[cell]++;
    })
  );
  return sums.map((sum, cell) => sum / weights[cell]);
}

Deno.test("kernel histograms: each tap is the mask of that tap in the order of all of them", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 4, max: 12 }),
      fc.integer({ min: 4, max: 12 }),
      fc.constantFrom(1, 2, 9),
      fc.nat(),
      async (rows, inputs, taps, seed) => {
        const device = await testDevice("cpu"), bytes = drawn(rows, inputs, taps, seed), grid = 4;
        const { live } = device.memory;
        {
          using mask = upload(device, bytes);
          const placed = { mask, taps, output: axis("outputs", rows), input: axis("inputs", inputs) };
          const [found] = await kernelHistograms([placed], grid);
          found.taps.forEach(({ values }, tap) =>
            naive(bytes, tap, grid).forEach((value, cell) =>
              assert.ok(Math.abs(values[cell] - value) < 1e-12)
            )
          );
          assert.equal(found.kept, bytes.bits.reduce((sum, bit) => sum + bit, 0));
          if (taps === 1) {
            const alone = await sortAndSmooth(mask, grid);
            assert.deepEqual(found.channels.values, alone.graphon.values);
            assert.deepEqual([found.deadInputs, found.deadOutputs], [alone.deadInputs, alone.deadOutputs]);
          }
          const sizes = new Float64Array(taps + 1), pairs = rows * inputs;
          for (let pair = 0; pair < pairs; pair++) {
            sizes[bytes.bits.subarray(pair * taps, (pair + 1) * taps).reduce((sum, bit) => sum + bit, 0)]++;
          }
          assert.deepEqual(found.kernelSizes, sizes.map((count) => count / pairs));
          for (let a = 0; a < taps; a++) {
            for (let b = 0; b < taps; b++) {
              let both = 0, first = 0, second = 0;
              for (let pair = 0; pair < pairs; pair++) {
                const [x, y] = [bytes.bits[pair * taps + a], bytes.bits[pair * taps + b]];
                both += x * y / pairs;
                first += x / pairs;
                second += y / pairs;
              }
              assert.ok(Math.abs(found.densities[a] - first) < 1e-12);
              assert.ok(Math.abs(found.covariance[a * taps + b] - (both - first * second)) < 1e-12);
            }
          }
        }
        assert.equal(device.memory.live, live);
      },
    ),
    { numRuns: 25 },
  );
});

const degreesOf = (output: Axis, input: Axis, rows: number[], cols: number[]) => ({
  ...{ output, input },
  outputDegrees: Float64Array.from(rows),
  inputDegrees: Float64Array.from(cols),
});

Deno.test("axis orders: a stream that several masks share has one order, of all their degrees", () => {
  const inputs = axis("inputs", 2), stream = axis("stream", 3), inner = axis("inner", 2);
  const [stem, first, second] = axisOrders([
    degreesOf(stream, inputs, [5, 1, 0], [1, 2]),
    degreesOf(inner, stream, [1, 2], [0, 1, 4]),
    degreesOf(stream, inner, [0, 1, 4], [4, 2]),
  ]);
  // 5 + 0 + 0, 1 + 1 + 1, 0 + 4 + 4.
  for (const order of [stem.outputs, first.inputs, second.outputs]) assert.deepEqual([...order], [2, 0, 1]);
  // One writes, one reads: each for itself.
  assert.deepEqual([...first.outputs], [1, 0]);
  assert.deepEqual([...second.inputs], [0, 1]);
  assert.deepEqual([...stem.inputs], [1, 0]);
});

Deno.test("axis orders: heads are sorted as wholes, by the degrees of all axes that share them", () => {
  const stream = axis("stream", 1), heads = axis("heads", 2);
  const matched = axis("queries and keys", 4, heads), mixed = axis("values", 4, heads);
  const [query, key, value, out] = axisOrders([
    degreesOf(matched, stream, [3, 4, 0, 1], [0]),
    degreesOf(matched, stream, [3, 0, 0, 2], [0]),
    degreesOf(mixed, stream, [0, 1, 9, 8], [0]),
    degreesOf(stream, mixed, [0], [0, 0, 0, 2]),
  ]);
  // Heads: 10 + 1 and 3 + 19; within them 6, 4 and 0, 3.
  for (const order of [query.outputs, key.outputs]) assert.deepEqual([...order], [3, 2, 0, 1]);
  for (const order of [value.outputs, out.inputs]) assert.deepEqual([...order], [3, 2, 1, 0]);
});

Deno.test("joint density: queries and keys of a head, row by row", async () => {
  const device = await testDevice("cpu"), heads = 2, size = 6, width = 4;
  const [queries, keys] = [1, 2].map((seed) => drawn(size, width, 1, seed));
  using query = upload(device, queries);
  using key = upload(device, keys);
  const stream = axis("stream", width), output = axis("queries and keys", size, axis("heads", heads));
  const placed = [query, key].map((mask) => ({ mask, taps: 1, output, input: stream }));
  const [first, second] = await kernelHistograms(placed, width);
  const found = await jointDensity(
    { mask: query, order: first.order },
    { mask: key, order: second.order },
    heads,
    width,
  );
  const each = size / heads;
  first.headDensities.forEach((density, place) => {
    const head = Math.floor(first.order.outputs[place * each] / each);
    const own = queries.bits.subarray(head * each * width, (head + 1) * each * width);
    assert.ok(Math.abs(density - own.reduce((sum, bit) => sum + bit, 0) / own.length) < 1e-12);
  });
  found.forEach(({ values }, place) => {
    const head = Math.floor(first.order.outputs[place * each] / each);
    for (let a = 0; a < width; a++) {
      for (let b = 0; b < width; b++) {
        const [v, v2] = [first.order.inputs[a], first.order.inputs[b]];
        const both = Array.from({ length: each }, (_, c) => head * each + c)
          .reduce((sum, c) => sum + queries.bits[c * width + v] * keys.bits[c * width + v2], 0);
        assert.ok(Math.abs(values[a * width + b] - both / each) < 1e-12);
      }
    }
  });
});
