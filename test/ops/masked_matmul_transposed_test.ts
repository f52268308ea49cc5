import assert from "node:assert/strict";
import fc from "fast-check";
import { maskedMatmul, maskedMatmulTransposed } from "@graphon-limit/ops";
import {
  dimension,
  elementSeed,
  isOnSoftware,
  normalMatrix,
  place,
  randomBits,
  testDevice,
  testOp,
} from "./harness.ts";
import type { BitMatrix, Matrix } from "@graphon-limit/runtime";
import { largeTiles, splitTerms, tiled, withoutSubgroups, withSubgroups } from "./other_adapters.ts";

const cases = fc.record({
  rows: dimension,
  inner: dimension,
  cols: dimension,
  seed: elementSeed,
  masked: fc.boolean(),
  accumulate: fc.constantFrom(0, 1),
  scale: fc.constantFrom(1, 0.25, -3),
}).map(({ rows, inner, cols, seed, masked, accumulate, scale }) => ({
  args: {
    weights: normalMatrix(seed, rows, inner),
    mask: masked ? randomBits(seed, rows, inner) : undefined,
    x: normalMatrix(seed + 1, rows, cols),
    out: normalMatrix(seed + 2, inner, cols),
  },
  settings: { scale, accumulate },
}));

const tolerance = { absolute: 1e-4, relative: 1e-5 };

testOp(maskedMatmulTransposed, { cases, tolerance });
testOp(tiled(maskedMatmulTransposed), { cases, tolerance });
testOp(largeTiles(maskedMatmulTransposed), { cases, tolerance });
testOp(splitTerms(maskedMatmulTransposed), { cases, tolerance });
testOp(withoutSubgroups(maskedMatmulTransposed), { cases, tolerance });
if (await isOnSoftware()) testOp(withSubgroups(maskedMatmulTransposed), { cases, tolerance });

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `maskedMatmulTransposed: is the adjoint of maskedMatmul on ${kind}, masks and panels included`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const [rows, inner, cols] = [37, 45, 6];
      const device = await testDevice(kind, 2048);
      using weights = place(device, normalMatrix(1, rows, inner)) as Matrix;
      using mask = place(device, randomBits(2, rows, inner)) as BitMatrix;
      const hostX = normalMatrix(3, inner, cols), hostY = normalMatrix(4, rows, cols);
      using x = place(device, hostX) as Matrix;
      using y = place(device, hostY) as Matrix;
      using forward = device.matrix(rows, cols);
      using backward = device.matrix(inner, cols);
      device.run(maskedMatmul, { weights, mask, x, out: forward }, { scale: 1, accumulate: 0 });
      device.run(maskedMatmulTransposed, { weights, mask, x: y, out: backward }, { scale: 1, accumulate: 0 });
      const left = dot(await device.read(forward), hostY.data);
      const right = dot(await device.read(backward), hostX.data);
      assert.ok(Math.abs(left - right) < 1e-3, `⟨Wx, y⟩ = ${left} but ⟨x, Wᵀy⟩ = ${right}`);
    },
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
