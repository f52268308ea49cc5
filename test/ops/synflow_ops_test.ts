import assert from "node:assert/strict";
import fc from "fast-check";
import { absMatvec, absMatvecTransposed, normalise, synflowScores } from "@graphon-limit/ops";
import {
  dimension,
  elementSeed,
  normalMatrix,
  output,
  positiveDimension,
  randomBits,
  testDevice,
  testOp,
} from "./harness.ts";

const layer = fc.record({
  rows: dimension,
  cols: dimension,
  values: elementSeed,
  bits: fc.option(elementSeed),
});
const positive = (seed: number, rows: number, cols = 1) => {
  const matrix = normalMatrix(seed, rows, cols);
  return { ...matrix, data: matrix.data.map(Math.abs) };
};
const maskOf = (bits: number | null, rows: number, cols: number) =>
  bits === null ? undefined : randomBits(bits, rows, cols);

testOp(absMatvec, {
  cases: layer.map(({ rows, cols, values, bits }) => ({
    args: {
      weights: normalMatrix(values, rows, cols),
      mask: maskOf(bits, rows, cols),
      r: positive(values + 1, cols),
      y: output(rows, 1),
    },
  })),
  tolerance: { absolute: 1e-6, relative: 2e-6 },
});

testOp(absMatvecTransposed, {
  cases: layer.map(({ rows, cols, values, bits }) => ({
    args: {
      weights: normalMatrix(values, rows, cols),
      mask: maskOf(bits, rows, cols),
      c: positive(values + 1, rows),
      divisor: { rows: 1, cols: 1, data: Float32Array.of(3) },
      y: output(cols, 1),
    },
  })),
  tolerance: { absolute: 1e-6, relative: 4e-6 },
});

testOp(normalise, {
  cases: fc.record({ rows: positiveDimension, values: elementSeed, zero: fc.boolean() })
    .map(({ rows, values, zero }) => ({
      args: {
        x: zero ? { rows, cols: 1, data: new Float32Array(rows) } : positive(values, rows),
        scale: output(1, 1),
      },
    })),
  tolerance: { absolute: 0, relative: 3e-7 },
});

testOp(synflowScores, {
  cases: layer.map(({ rows, cols, values, bits }) => ({
    args: {
      weights: normalMatrix(values, rows, cols),
      mask: maskOf(bits, rows, cols),
      c: positive(values + 1, rows),
      r: positive(values + 2, cols),
      divisor: { rows: 1, cols: 1, data: Float32Array.of(0.7) },
      scores: output(rows, cols),
    },
  })),
  tolerance: { absolute: 1e-30, relative: 6e-7 },
});

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `normalise: a zero vector stays zero under scale 1 (${kind})`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice(kind);
      using x = device.upload(new Float32Array(5), 5, 1);
      using scale = device.matrix(1, 1);
      device.run(normalise, { x, scale });
      assert.deepEqual([...await device.read(x)], [0, 0, 0, 0, 0]);
      assert.deepEqual([...await device.read(scale)], [1]);
    },
  });
}
