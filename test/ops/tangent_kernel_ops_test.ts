import assert from "node:assert/strict";
import fc from "fast-check";
import { addNeuronKernel, mirrorUpper, repeatColumns } from "@graphon-limit/ops";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import { dimension, elementSeed, normalMatrix, output, runCase, testDevice, testOp } from "./harness.ts";
import { tiled } from "./tiled.ts";

/** A few of the numbers below `bound`, in order. */
function some(seed: number, bound: number): { rows: number; cols: number; data: Uint32Array } {
  const random = new RandomSequence(seed);
  const data = Uint32Array.from(
    Array.from({ length: bound }, (_, i) => i).filter(() => random.integer(3) > 0),
  );
  return { rows: 1, cols: data.length, data };
}

const size = fc.oneof(fc.constantFrom(1, 2, 7, 8, 9, 63, 64, 65), fc.integer({ min: 1, max: 90 }));

const cases = fc.record({
  inputs: fc.integer({ min: 1, max: 70 }),
  count: size,
  count2: size,
  classes: fc.integer({ min: 1, max: 3 }),
  neurons: fc.integer({ min: 1, max: 4 }),
  seed: elementSeed,
  crossed: fc.boolean(),
  full: fc.boolean(),
}).map(({ inputs, count, count2, classes, neurons, seed, crossed, full }) => {
  const samples = some(seed, count), edges = some(seed + 1, inputs);
  const samples2 = crossed ? some(seed + 2, count2) : undefined;
  const right = crossed ? count2 : count, blocks = full ? classes : 1;
  const neuron = seed % neurons;
  return {
    args: {
      h: normalMatrix(seed, inputs, count),
      delta: normalMatrix(seed + 1, neurons, classes * count),
      samples,
      edges,
      h2: crossed ? normalMatrix(seed + 2, inputs, count2) : undefined,
      delta2: crossed ? normalMatrix(seed + 3, neurons, classes * count2) : undefined,
      samples2,
      kernel: normalMatrix(seed + 4, blocks * count, blocks * right),
    },
    settings: {
      scale: 0.5,
      classes,
      neuron,
      neuronCount: neurons - neuron,
      edgeStart: edges.cols >> 2,
      edgeCount: edges.cols - (edges.cols >> 2),
      sampleStart: samples.cols >> 3,
      sampleCount: samples.cols - (samples.cols >> 3),
      sample2Start: (samples2 ?? samples).cols >> 3,
      sample2Count: (samples2 ?? samples).cols - ((samples2 ?? samples).cols >> 3),
      full,
    },
  };
});

const tolerance = { absolute: 5e-4, relative: 1e-5 };

testOp(addNeuronKernel, { cases, tolerance });
testOp(tiled(addNeuronKernel), { cases, tolerance });

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
    name: `addNeuronKernel: agrees with the definition, entry by entry, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const [inputs, count, classes] = [5, 11, 2];
      const h = normalMatrix(1, inputs, count), delta = normalMatrix(2, 3, classes * count);
      const samples = some(3, count), edges = { rows: 1, cols: 3, data: Uint32Array.of(0, 2, 3) };
      const args = { h, delta, samples, edges, kernel: normalMatrix(0, count, count, 0) };
      const settings = {
        scale: 2,
        classes,
        neuron: 1,
        neuronCount: 1,
        edgeStart: 1,
        edgeCount: 2,
        sampleStart: 0,
        sampleCount: samples.cols,
        sample2Start: 0,
        sample2Count: samples.cols,
      };
      const { kernel } = await runCase(await testDevice(kind), addNeuronKernel, { args, settings });
      for (let x = 0; x < count; x++) {
        for (let y = 0; y < count; y++) {
          const active = samples.data.includes(x) && samples.data.includes(y) && x <= y;
          let factor = 0, product = 0;
          for (let c = 0; c < classes; c++) {
            const row = classes * count + c * count;
            factor += delta.data[row + x] * delta.data[row + y];
          }
          for (const e of [2, 3]) product += h.data[e * count + x] * h.data[e * count + y];
          const expected = active ? 2 * factor * product : 0;
          assert.ok(Math.abs(kernel[x * count + y] - expected) < 1e-5, `entry ${x}, ${y}`);
        }
      }
    },
  });
}

Deno.test("addNeuronKernel: refuses a right side that is only half there", async () => {
  const h = normalMatrix(1, 2, 3), samples = some(1, 3), edges = some(2, 2);
  const args = { h, delta: normalMatrix(2, 1, 3), samples, edges, h2: h, kernel: normalMatrix(3, 3, 3) };
  const settings = Object.fromEntries(
    Object.keys(addNeuronKernel.params).map((name) => [name, name === "classes" ? 1 : 0]),
  );
  await assert.rejects(async () => runCase(await testDevice("cpu"), addNeuronKernel, { args, settings }), {
    name: new InvalidArgumentError().name,
    message: /all of h2, delta2 and samples2/,
  });
});
