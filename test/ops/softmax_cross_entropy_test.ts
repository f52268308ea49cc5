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

  // A softmax near 1 has no digits left below 6e-8 in float32: the gradient's must not come from p − 1.
  Deno.test({
    name: `softmaxCrossEntropy: a saturated softmax keeps its digits on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind);
      const logits = { rows: 3, cols: 1, data: Float32Array.of(20, 2, 4) };
      const labels = { rows: 1, cols: 1, data: Uint32Array.of(0) };
      const [second, third] = [Math.exp(-18), Math.exp(-16)], total = 1 + second + third;
      const settings = { temperature: 1, count: 1 };
      const relative = (actual: number, expected: number) =>
        assert.ok(Math.abs(actual / expected - 1) < 1e-5, `${actual}, expected ${expected}`);

      const value = await runCase(device, softmaxCrossEntropy, {
        args: { logits, labels, gradient: output(3, 1) },
        settings,
      });
      const gradient = [-(second + third) / total, second / total, third / total];
      gradient.forEach((expected, c) => relative(value.gradient[c], expected));

      const change = [1, 0.5, -3];
      const derivative = await runCase(device, softmaxCrossEntropy, {
        args: {
          logits,
          labels,
          tangent: { rows: 3, cols: 1, data: Float32Array.from(change) },
          loss: output(1, 1),
          gradient: output(3, 1),
        },
        settings,
      });
      const slope = gradient.reduce((sum, difference, c) => sum + difference * (change[c] - change[0]), 0);
      relative(derivative.loss[0], slope);
      relative(derivative.gradient[0], -slope / total);
      relative(derivative.gradient[1], gradient[1] * (change[1] - change[0] - slope));
      relative(derivative.gradient[2], gradient[2] * (change[2] - change[0] - slope));
    },
  });
}
