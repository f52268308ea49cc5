import assert from "node:assert/strict";
import fc from "fast-check";
import { adamStep, sgdStep } from "@graphon-limit/ops";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import {
  dimension,
  elementSeed,
  type HostMatrix,
  normalMatrix,
  randomBits,
  runCase,
  testDevice,
  testOp,
} from "./harness.ts";

/** A second moment: no negative numbers, some zeros. */
function squares(seed: number, rows: number, cols: number): HostMatrix {
  return { rows, cols, data: normalMatrix(seed, rows, cols).data.map((value) => value * value) };
}

const shapes = { rows: dimension, cols: dimension, seed: elementSeed, masked: fc.boolean() };

testOp(sgdStep, {
  cases: fc.record({ ...shapes, moving: fc.boolean(), momentum: fc.constantFrom(0, 0.9) }).map(
    ({ rows, cols, seed, masked, moving, momentum }) => ({
      args: {
        weights: normalMatrix(seed, rows, cols),
        gradient: normalMatrix(seed + 1, rows, cols),
        velocity: moving ? normalMatrix(seed + 2, rows, cols) : undefined,
        mask: masked ? randomBits(seed + 3, rows, cols) : undefined,
      },
      settings: { learningRate: 0.1, momentum },
    }),
  ),
  tolerance: { absolute: 1e-6, relative: 1e-6 },
});

testOp(adamStep, {
  cases: fc.record({ ...shapes, step: fc.integer({ min: 1, max: 1000 }) }).map(
    ({ rows, cols, seed, masked, step }) => ({
      args: {
        weights: normalMatrix(seed, rows, cols),
        gradient: normalMatrix(seed + 1, rows, cols),
        mean: normalMatrix(seed + 2, rows, cols),
        square: squares(seed + 3, rows, cols),
        mask: masked ? randomBits(seed + 4, rows, cols) : undefined,
      },
      settings: {
        meanRate: 0.1,
        squareRate: 0.001,
        stepSize: 0.001 / (1 - 0.9 ** step),
        rootCorrection: Math.sqrt(1 - 0.999 ** step),
        epsilon: 1e-8,
      },
    }),
  ),
  // Where both moments are next to zero their ratio has few digits, and a step is some 0.01 long.
  tolerance: { absolute: 2e-6, relative: 1e-5 },
});

/** A few steps of a rule written out in float64, one weight at a time. */
function follow(
  start: number,
  gradients: readonly number[],
  rule: (w: number, g: number, t: number) => number,
): number {
  return gradients.reduce((weight, g, i) => rule(weight, g, i + 1), start);
}

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `sgdStep: momentum over ten steps is that of the rule in float64, pruned weights zero, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind), size = 6, random = new RandomSequence(5);
      const start = Float32Array.from({ length: size }, () => random.normal());
      const steps = Array.from(
        { length: 10 },
        () => Float32Array.from({ length: size }, () => random.normal()),
      );
      using weights = device.upload(start, 2, 3);
      using velocity = device.upload(new Float32Array(size), 2, 3);
      using mask = device.uploadBits(Uint32Array.of(0b101, 0b110), 2, 3);
      for (const data of steps) {
        using gradient = device.upload(data, 2, 3);
        device.run(sgdStep, { weights, gradient, velocity, mask }, { learningRate: 0.05, momentum: 0.9 });
      }
      const trained = await device.read(weights), kept = [1, 0, 1, 0, 1, 1];
      for (let i = 0; i < size; i++) {
        let buffer = 0;
        const expected = follow(
          start[i],
          steps.map((g) => g[i]),
          (w, g, t) => w - 0.05 * (buffer = t === 1 ? g : 0.9 * buffer + g),
        );
        if (kept[i]) assert.ok(Math.abs(trained[i] - expected) < 2e-6, `${trained[i]} against ${expected}`);
        else assert.ok(Object.is(trained[i], 0), `pruned weight ${trained[i]}`);
      }
    },
  });

  Deno.test({
    name: `adamStep: a first step goes by the learning rate against the gradient's sign, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const zeros = { rows: 1, cols: 4, data: new Float32Array(4) };
      const gradient = { rows: 1, cols: 4, data: Float32Array.of(3, -1e-3, 0, 40) };
      const settings = {
        meanRate: 0.1,
        squareRate: 0.001,
        stepSize: 0.01 / 0.1,
        rootCorrection: Math.sqrt(0.001),
        epsilon: 1e-8,
      };
      const args = { weights: zeros, gradient, mean: zeros, square: zeros };
      const { weights, mean, square } = await runCase(await testDevice(kind), adamStep, { args, settings });
      [-0.01, 0.01, 0, -0.01].forEach((step, i) => assert.ok(Math.abs(weights[i] - step) < 2e-7));
      assert.ok(Math.abs(mean[0] - 0.3) < 1e-6 && Math.abs(square[0] - 0.009) < 1e-8);
    },
  });
}

for (const [op, argument] of [[sgdStep, "gradient"], [adamStep, "square"]] as const) {
  Deno.test(`${op.name}: refuses a ${argument} of another shape, on both devices`, async () => {
    const right = normalMatrix(1, 2, 3), wrong = normalMatrix(1, 1, 3);
    const names = op === sgdStep ? ["weights", "gradient"] : ["weights", "gradient", "mean", "square"];
    const args = Object.fromEntries(names.map((name) => [name, name === argument ? wrong : right]));
    const settings = Object.fromEntries(Object.keys(op.params).map((name) => [name, 1]));
    for (const kind of ["webgpu", "cpu"] as const) {
      await assert.rejects(
        async () => runCase(await testDevice(kind), op, { args, settings }),
        InvalidArgumentError,
      );
    }
  });
}
