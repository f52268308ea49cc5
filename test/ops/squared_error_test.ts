import assert from "node:assert/strict";
import fc from "fast-check";
import { squaredError } from "@graphon-limit/ops";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import {
  elementSeed,
  normalMatrix,
  output,
  positiveDimension,
  runCase,
  testDevice,
  testOp,
} from "./harness.ts";

testOp(squaredError, {
  cases: fc.record({
    classes: fc.integer({ min: 1, max: 12 }),
    samples: positiveDimension,
    seed: elementSeed,
    oneHot: fc.boolean(),
    tangent: fc.boolean(),
    loss: fc.boolean(),
  }).map(({ classes, samples, seed, oneHot, tangent, loss }) => ({
    args: {
      outputs: normalMatrix(seed, classes, samples),
      targets: oneHot ? undefined : normalMatrix(seed + 1, classes, samples),
      labels: oneHot
        ? { rows: 1, cols: samples, data: Uint32Array.from({ length: samples }, (_, b) => b % classes) }
        : undefined,
      tangent: tangent ? normalMatrix(seed + 2, classes, samples) : undefined,
      loss: loss ? output(1, samples) : undefined,
      gradient: output(classes, samples),
    },
    settings: { count: samples },
  })),
  tolerance: { absolute: 1e-6, relative: 1e-5 },
});

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `squaredError: averages over classes and samples on ${kind}, and wants one kind of target`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind);
      const args = {
        outputs: { rows: 2, cols: 2, data: Float32Array.of(1, 2, 3, 4) },
        labels: { rows: 1, cols: 2, data: Uint32Array.of(0, 1) },
        loss: output(1, 2),
        gradient: output(2, 2),
      };
      const { loss, gradient } = await runCase(device, squaredError, { args, settings: { count: 2 } });
      assert.deepEqual([...loss], [4.5, 6.5]);
      assert.deepEqual([...gradient], [0, 1, 1.5, 1.5]);
      const both = { ...args, targets: args.outputs };
      await assert.rejects(
        runCase(device, squaredError, { args: both, settings: { count: 2 } }),
        InvalidArgumentError,
      );
    },
  });
}
