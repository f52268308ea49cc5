import assert from "node:assert/strict";
import fc from "fast-check";
import { addNeuronKernel, gatherPanel, mirrorUpper, repeatColumns } from "@graphon-limit/ops";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import { dimension, elementSeed, normalMatrix, output, runCase, testDevice, testOp } from "./harness.ts";
import { largeTiles, tiled } from "./other_adapters.ts";

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
  edges: fc.integer({ min: 0, max: 70 }),
  count: size,
  count2: size,
  classes: fc.integer({ min: 1, max: 3 }),
  neurons: fc.integer({ min: 1, max: 4 }),
  seed: elementSeed,
  crossed: fc.boolean(),
  full: fc.boolean(),
}).map(({ edges, count, count2, classes, neurons, seed, crossed, full }) => {
  const samples = some(seed, count);
  const samples2 = crossed ? some(seed + 2, count2) : undefined;
  const right = crossed ? count2 : count, blocks = full ? classes : 1;
  const neuron = seed % neurons;
  return {
    args: {
      panel: normalMatrix(seed, edges, pitchOf(count)),
      delta: normalMatrix(seed + 1, neurons, classes * count),
      samples,
      panel2: crossed ? normalMatrix(seed + 2, edges, pitchOf(count2)) : undefined,
      delta2: crossed ? normalMatrix(seed + 3, neurons, classes * count2) : undefined,
      samples2,
      kernel: normalMatrix(seed + 4, blocks * count, blocks * right),
    },
    settings: {
      scale: 0.5,
      classes,
      neuron,
      neuronCount: neurons - neuron,
      edgeCount: edges - (edges >> 2),
      ...part(samples.cols),
      ...(({ sampleStart, sampleCount }) => ({ sample2Start: sampleStart, sample2Count: sampleCount }))(
        part((samples2 ?? samples).cols),
      ),
      full,
    },
  };
});

/** Columns of a panel for so many samples. */
function pitchOf(samples: number): number {
  return Math.ceil(samples / 8) * 8;
}

/** All but the first eighth of a list. */
function part(length: number): { sampleStart: number; sampleCount: number } {
  return { sampleStart: length >> 3, sampleCount: length - (length >> 3) };
}

const tolerance = { absolute: 5e-4, relative: 1e-5 };

testOp(addNeuronKernel, { cases, tolerance });
testOp(tiled(addNeuronKernel), { cases, tolerance });
testOp(largeTiles(addNeuronKernel), { cases, tolerance });

testOp(gatherPanel, {
  cases: fc.record({ inputs: size, count: size, spare: fc.integer({ min: 0, max: 3 }), seed: elementSeed })
    .map(
      ({ inputs, count, spare, seed }) => {
        const samples = some(seed, count), edges = some(seed + 1, inputs);
        return {
          args: {
            h: normalMatrix(seed, inputs, count),
            edges,
            samples,
            panel: normalMatrix(seed + 2, edges.cols + spare, pitchOf(count) + 8 * spare),
          },
          settings: {
            edgeStart: edges.cols >> 2,
            edgeCount: edges.cols - (edges.cols >> 2),
            ...part(samples.cols),
          },
        };
      },
    ),
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
    name: `addNeuronKernel: agrees with the definition, entry by entry, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const [edges, count, classes] = [2, 11, 2];
      const delta = normalMatrix(2, 3, classes * count),
        samples = some(3, count),
        panel = normalMatrix(1, edges, 16);
      const args = { panel, delta, samples, kernel: normalMatrix(0, count, count, 0) };
      const settings = {
        scale: 2,
        classes,
        neuron: 1,
        neuronCount: 1,
        edgeCount: edges,
        sampleStart: 0,
        sampleCount: samples.cols,
        sample2Start: 0,
        sample2Count: samples.cols,
      };
      const { kernel } = await runCase(await testDevice(kind), addNeuronKernel, { args, settings });
      for (let x = 0; x < count; x++) {
        for (let y = 0; y < count; y++) {
          const [a, b] = [samples.data.indexOf(x), samples.data.indexOf(y)];
          const active = a >= 0 && b >= 0 && x <= y;
          let factor = 0, product = 0;
          for (let c = 0; c < classes; c++) {
            const row = classes * count + c * count;
            factor += delta.data[row + x] * delta.data[row + y];
          }
          for (let e = 0; e < edges; e++) product += panel.data[e * 16 + a] * panel.data[e * 16 + b];
          const expected = active ? 2 * factor * product : 0;
          assert.ok(Math.abs(kernel[x * count + y] - expected) < 1e-5, `entry ${x}, ${y}`);
        }
      }
    },
  });
}

Deno.test("addNeuronKernel: refuses a right side that is only half there", async () => {
  const panel = normalMatrix(1, 2, 8), samples = some(1, 3);
  const args = { panel, delta: normalMatrix(2, 1, 3), samples, panel2: panel, kernel: normalMatrix(3, 3, 3) };
  const settings = Object.fromEntries(
    Object.keys(addNeuronKernel.params).map((name) => [name, name === "classes" ? 1 : 0]),
  );
  await assert.rejects(async () => runCase(await testDevice("cpu"), addNeuronKernel, { args, settings }), {
    name: new InvalidArgumentError().name,
    message: /all of panel2, delta2 and samples2/,
  });
});
