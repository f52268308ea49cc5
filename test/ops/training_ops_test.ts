import assert from "node:assert/strict";
import fc from "fast-check";
import { correctPredictions, gatherColumns, recordSum } from "@graphon-limit/ops";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import {
  dimension,
  elementSeed,
  normalMatrix,
  output,
  positiveDimension,
  runCase,
  testDevice,
  testOp,
} from "./harness.ts";
import { withoutSubgroups } from "./other_adapters.ts";

function integers(seed: number, count: number, bound: number) {
  const random = new RandomSequence(seed);
  return { rows: 1, cols: count, data: Uint32Array.from({ length: count }, () => random.integer(bound)) };
}

testOp(gatherColumns, {
  cases: fc.record({
    rows: positiveDimension,
    cols: positiveDimension,
    batch: dimension,
    start: fc.integer({ min: 0, max: 40 }),
    spare: fc.integer({ min: 0, max: 3 }),
    labelled: fc.boolean(),
    seed: elementSeed,
  }).map(({ rows, cols, batch, start, spare, labelled, seed }) => ({
    args: {
      x: normalMatrix(seed, rows, cols),
      columns: integers(seed + 1, start + batch + spare, cols),
      out: output(rows, batch),
      labels: labelled ? integers(seed + 2, cols, 10) : undefined,
      outLabels: labelled ? output(1, batch, "u32") : undefined,
    },
    settings: { start },
  })),
});

testOp(correctPredictions, {
  cases: fc.record({ classes: fc.integer({ min: 1, max: 12 }), samples: dimension, seed: elementSeed }).map(
    ({ classes, samples, seed }) => ({
      args: {
        // Whole numbers, so that some are equal.
        outputs: {
          rows: classes,
          cols: samples,
          data: normalMatrix(seed, classes, samples, 2).data.map(Math.round),
        },
        labels: integers(seed + 1, samples, classes),
        correct: output(1, samples),
      },
    }),
  ),
});

for (const op of [recordSum, withoutSubgroups(recordSum)]) {
  testOp(op, {
    cases: fc.record({
      samples: fc.oneof(dimension, fc.constantFrom(255, 256, 257, 1000)),
      slots: fc.integer({ min: 1, max: 60 }),
      accumulate: fc.constantFrom(0, 1),
      seed: elementSeed,
    }).map(({ samples, slots, accumulate, seed }) => ({
      args: { x: normalMatrix(seed, 1, samples), record: normalMatrix(seed + 1, 1, slots) },
      settings: { slot: seed % slots, scale: 1 / Math.max(samples, 1), accumulate },
    })),
    tolerance: { absolute: 1e-6, relative: 1e-5 },
  });
}

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `training ops: worked by hand on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind);
      const { out, outLabels } = await runCase(device, gatherColumns, {
        args: {
          x: { rows: 2, cols: 3, data: Float32Array.of(1, 2, 3, 4, 5, 6) },
          columns: { rows: 1, cols: 4, data: Uint32Array.of(1, 2, 0, 2) },
          out: output(2, 3),
          labels: { rows: 1, cols: 3, data: Uint32Array.of(7, 8, 9) },
          outLabels: output(1, 3, "u32"),
        },
        settings: { start: 1 },
      });
      assert.deepEqual([[...out], [...outLabels]], [[3, 1, 3, 6, 4, 6], [9, 7, 9]]);

      const { correct } = await runCase(device, correctPredictions, {
        args: {
          outputs: { rows: 2, cols: 4, data: Float32Array.of(1, 5, 2, 2, 3, 4, 2, 2) },
          labels: { rows: 1, cols: 4, data: Uint32Array.of(1, 1, 0, 1) },
          correct: output(1, 4),
        },
      });
      assert.deepEqual([...correct], [1, 0, 1, 0], "of equal outputs the first counts");

      const { record } = await runCase(device, recordSum, {
        args: {
          x: { rows: 1, cols: 3, data: Float32Array.of(1, 2, 6) },
          record: { rows: 1, cols: 3, data: Float32Array.of(5, 6, 7) },
        },
        settings: { slot: 1, scale: 0.5, accumulate: 1 },
      });
      assert.deepEqual([...record], [5, 10.5, 7]);
    },
  });
}

Deno.test("training ops: refuse a slot, a column or a label list that is not there", async () => {
  const device = await testDevice("cpu");
  const x = normalMatrix(1, 1, 4), columns = integers(1, 4, 4), labels = integers(2, 4, 4);
  const refused = [
    () =>
      runCase(device, recordSum, {
        args: { x, record: normalMatrix(1, 1, 2) },
        settings: { slot: 2, scale: 1, accumulate: 0 },
      }),
    () => runCase(device, gatherColumns, { args: { x, columns, out: output(1, 3) }, settings: { start: 2 } }),
    () =>
      runCase(device, gatherColumns, {
        args: { x, columns, out: output(1, 3), labels },
        settings: { start: 0 },
      }),
    () =>
      runCase(device, correctPredictions, {
        args: { outputs: normalMatrix(1, 2, 3), labels, correct: output(1, 3) },
      }),
  ];
  for (const run of refused) await assert.rejects(run, InvalidArgumentError);
});
