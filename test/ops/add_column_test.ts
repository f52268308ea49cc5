import assert from "node:assert/strict";
import fc from "fast-check";
import { addColumn } from "@graphon-limit/ops";
import { onBothDevices } from "../runtime/support.ts";
import { dimension, elementSeed, normalMatrix, testOp } from "./harness.ts";

testOp(addColumn, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    seed: elementSeed,
    divisor: fc.option(fc.constantFrom(0.5, 3)),
    absolute: fc.boolean(),
  })
    .map(({ rows, cols, seed, divisor, absolute }) => ({
      args: {
        column: normalMatrix(seed, rows, 1),
        divisor: divisor === null ? undefined : { rows: 1, cols: 1, data: Float32Array.of(divisor) },
        y: normalMatrix(seed + 1, rows, cols),
      },
      settings: { absolute },
    })),
  tolerance: { absolute: 1e-6, relative: 1e-6 },
  runs: 25,
});

onBothDevices("add_column: a case by hand", async (device) => {
  using column = device.upload(Float32Array.of(-1, 4), 2, 1);
  using divisor = device.upload(Float32Array.of(2), 1, 1);
  using y = device.upload(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3);
  device.run(addColumn, { column, y });
  assert.deepEqual([...await device.read(y)], [0, 1, 2, 8, 9, 10]);
  device.run(addColumn, { column, divisor, y }, { absolute: true });
  assert.deepEqual([...await device.read(y)], [0.5, 1.5, 2.5, 10, 11, 12]);
});
