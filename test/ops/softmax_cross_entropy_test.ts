import assert from "node:assert/strict";
import fc from "fast-check";
import { softmaxCrossEntropy } from "@graphon-limit/ops";
import { RandomSequence } from "@graphon-limit/runtime";
import {
  elementSeed,
  normalMatrix,
  output,
  positiveDimension,
  runCase,
  testDevice,
  testOp,
} from "./harness.ts";

function randomLabels(seed: number, classes: number, samples: number) {
  const random = new RandomSequence(seed);
  return {
    rows: 1,
    cols: samples,
    data: Uint32Array.from({ length: samples }, () => random.integer(classes)),
  };
}

testOp(softmaxCrossEntropy, {
  cases: fc.record({
    classes: fc.integer({ min: 1, max: 12 }),
    samples: positiveDimension,
    seed: elementSeed,
    spread: fc.constantFrom(0.1, 1, 30),
    temperature: fc.constantFrom(1, 0.5, 200),
    tangent: fc.boolean(),
    loss: fc.boolean(),
  }).map(({ classes, samples, seed, spread, temperature, tangent, loss }) => ({
    args: {
      logits: normalMatrix(seed, classes, samples, spread),
      labels: randomLabels(seed, classes, samples),
      tangent: tangent ? normalMatrix(seed + 1, classes, samples) : undefined,
      loss: loss ? output(1, samples) : undefined,
      gradient: output(classes, samples),
    },
    settings: { temperature, count: samples },
  })),
  tolerance: { absolute: 2e-6, relative: 1e-5 },
});

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `softmaxCrossEntropy: does not overflow on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const args = {
        logits: { rows: 2, cols: 2, data: Float32Array.of(1e4, -1e30, -1e4, 0) },
        labels: { rows: 1, cols: 2, data: Uint32Array.of(0, 1) },
        loss: output(1, 2),
        gradient: output(2, 2),
      };
      const settings = { temperature: 1, count: 2 };
      const { loss, gradient } = await runCase(await testDevice(kind), softmaxCrossEntropy, {
        args,
        settings,
      });
      assert.ok([...loss, ...gradient].every((value) => Math.abs(value) < 1e-6), `${loss} ${gradient}`);
    },
  });

  Deno.test({
    name: `softmaxCrossEntropy: equal logits lose log C and pull by 1/C on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const args = {
        logits: { rows: 4, cols: 1, data: new Float32Array(4).fill(7) },
        labels: { rows: 1, cols: 1, data: Uint32Array.of(2) },
        loss: output(1, 1),
        gradient: output(4, 1),
      };
      const settings = { temperature: 2, count: 1 };
      const { loss, gradient } = await runCase(await testDevice(kind), softmaxCrossEntropy, {
        args,
        settings,
      });
      assert.ok(Math.abs(loss[0] - Math.log(4)) < 1e-6);
      assert.deepEqual([...gradient], [0.125, 0.125, -0.375, 0.125]);
    },
  });
}
