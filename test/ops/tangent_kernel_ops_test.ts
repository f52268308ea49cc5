import assert from "node:assert/strict";
import fc from "fast-check";
import {
  activeSamples,
  addNeuronKernels,
  keptColumns,
  mirrorUpper,
  repeatColumns,
  sumBlocks,
} from "@graphon-limit/ops";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import {
  dimension,
  elementSeed,
  normalMatrix,
  output,
  randomBits,
  runCase,
  testDevice,
  testOp,
} from "./harness.ts";
import { largeTiles, splitTerms, tiled } from "./other_adapters.ts";

/** Rows of a list: their number and, after it, some numbers below `bound` in rising order; what follows them means nothing. */
function lists(seed: number, rows: number, bound: number): { rows: number; cols: number; data: Uint32Array } {
  const random = new RandomSequence(seed), data = new Uint32Array(rows * (bound + 1)).fill(1e9);
  for (let row = 0, start = 0; row < rows; row++, start += bound + 1) {
    const some = Array.from({ length: bound }, (_, i) => i).filter(() => random.integer(3) > 0);
    data[start] = some.length;
    data.set(some, start + 1);
  }
  return { rows, cols: bound + 1, data };
}

const size = fc.oneof(fc.constantFrom(1, 2, 7, 8, 9, 63, 64, 65), fc.integer({ min: 1, max: 90 }));

const cases = fc.record({
  inputs: fc.integer({ min: 0, max: 70 }),
  count: size,
  count2: size,
  classes: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 0, max: 3 }),
  each: fc.integer({ min: 1, max: 4 }),
  spare: fc.integer({ min: 0, max: 2 }),
  seed: elementSeed,
  listed: fc.boolean(),
  crossed: fc.boolean(),
  full: fc.boolean(),
}).map(
  (
    { inputs, count, count2, classes, groups, each, spare, seed, listed, crossed, full },
  ) => {
    const right = crossed ? count2 : count, times = full ? classes : 1, rows = groups + spare;
    return {
      args: {
        h: normalMatrix(seed, inputs, count),
        delta: normalMatrix(seed + 1, rows * each, classes * count),
        edges: listed ? lists(seed, rows, inputs) : undefined,
        samples: listed ? lists(seed + 1, rows, count) : undefined,
        h2: crossed ? normalMatrix(seed + 2, inputs, count2) : undefined,
        delta2: crossed ? normalMatrix(seed + 3, rows * each, classes * count2) : undefined,
        samples2: crossed && listed ? lists(seed + 2, rows, count2) : undefined,
        kernels: normalMatrix(seed + 4, rows * times * count, times * right),
      },
      settings: { scale: 0.5, classes, neuron: spare, each, groups, listRow: spare, full },
    };
  },
);

const tolerance = { absolute: 5e-4, relative: 1e-5 };

testOp(addNeuronKernels, { cases, tolerance });
testOp(tiled(addNeuronKernels), { cases, tolerance });
testOp(largeTiles(addNeuronKernels), { cases, tolerance });
testOp(splitTerms(addNeuronKernels), { cases, tolerance });

const rowsOfLists = { spare: fc.integer({ min: 0, max: 3 }), first: fc.integer({ min: 0, max: 3 }) };

testOp(keptColumns, {
  cases: fc.record({
    rows: dimension,
    cols: fc.oneof(dimension, fc.constant(9000)),
    ...rowsOfLists,
    seed: elementSeed,
  })
    .map(({ rows, cols, spare, first, seed }) => ({
      args: {
        mask: randomBits(seed, first + rows + spare, cols, 0.3),
        list: { rows, cols: cols + 1, data: new Uint32Array(rows * (cols + 1)).fill(7) },
      },
      settings: { first },
    })),
});

testOp(activeSamples, {
  cases: fc.record({
    rows: dimension,
    samples: fc.oneof(dimension, fc.constant(600)),
    classes: fc.integer({ min: 1, max: 3 }),
    ...rowsOfLists,
    seed: elementSeed,
  }).map(({ rows, samples, classes, spare, first, seed }) => {
    const delta = normalMatrix(seed, first + rows + spare, classes * samples);
    delta.data.forEach((value, at) => delta.data[at] = Math.max(value, 0));
    if (delta.data.length > 5) delta.data[5] = NaN;
    return {
      args: { delta, list: { rows, cols: samples + 1, data: new Uint32Array(rows * (samples + 1)).fill(7) } },
      settings: { first, classes },
    };
  }),
});

testOp(sumBlocks, {
  cases: fc.record({ blocks: fc.integer({ min: 0, max: 5 }), rows: dimension, cols: size, seed: elementSeed })
    .map(({ blocks, rows, cols, seed }) => ({
      args: { x: normalMatrix(seed, blocks * rows, cols), out: output(rows, cols) },
    })),
});

testOp(mirrorUpper, {
  cases: fc.record({ block: size, blocks: fc.integer({ min: 1, max: 3 }), seed: elementSeed }).map(
    ({ block, blocks, seed }) => ({
      args: { x: normalMatrix(seed, block * blocks, block * blocks) },
      settings: { block },
    }),
  ),
});

testOp(repeatColumns, {
  cases: fc.record({ rows: dimension, cols: size, copies: fc.integer({ min: 0, max: 4 }), seed: elementSeed })
    .map(
      ({ rows, cols, copies, seed }) => ({
        args: { x: normalMatrix(seed, rows, cols), out: output(rows, copies * cols) },
      }),
    ),
});

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `addNeuronKernels: agrees with the definition, entry by entry, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const [inputs, count, classes, groups] = [5, 11, 2, 2];
      const h = normalMatrix(1, inputs, count), delta = normalMatrix(2, 3, classes * count);
      const edges = lists(4, groups, inputs), samples = lists(3, groups, count);
      const args = { h, delta, edges, samples, kernels: normalMatrix(0, groups * count, count, 0) };
      const settings = { scale: 2, classes, neuron: 1, each: 1, groups, listRow: 0 };
      const { kernels } = await runCase(await testDevice(kind), addNeuronKernels, { args, settings });
      const has = ({ data, cols }: typeof edges, group: number, value: number) =>
        data.subarray(group * cols + 1, group * cols + 1 + data[group * cols]).includes(value);
      for (let group = 0; group < groups; group++) {
        for (let x = 0; x < count; x++) {
          for (let y = 0; y < count; y++) {
            const active = x <= y && has(samples, group, x) && has(samples, group, y);
            let factor = 0, product = 0;
            for (let c = 0; c < classes; c++) {
              const row = ((1 + group) * classes + c) * count;
              factor += delta.data[row + x] * delta.data[row + y];
            }
            for (let e = 0; e < inputs; e++) {
              if (has(edges, group, e)) product += h.data[e * count + x] * h.data[e * count + y];
            }
            const expected = active ? 2 * factor * product : 0;
            const found = kernels[(group * count + x) * count + y];
            assert.ok(Math.abs(found - expected) < 1e-5, `group ${group}, entry ${x}, ${y}`);
          }
        }
      }
    },
  });
}

Deno.test("addNeuronKernels: refuses a right side that is only half there", async () => {
  const h = normalMatrix(1, 2, 3),
    args = { h, delta: normalMatrix(2, 1, 3), h2: h, kernels: normalMatrix(3, 3, 3) };
  const settings = { scale: 1, classes: 1, neuron: 0, each: 1, groups: 1, listRow: 0 };
  await assert.rejects(async () => runCase(await testDevice("cpu"), addNeuronKernels, { args, settings }), {
    name: new InvalidArgumentError().name,
    message: /both of h2 and delta2/,
  });
});
