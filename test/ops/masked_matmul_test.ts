import assert from "node:assert/strict";
import fc from "fast-check";
import { maskedMatmul } from "@graphon-limit/ops";
import {
  dimension,
  elementSeed,
  isOnSoftware,
  normalMatrix,
  output,
  randomBits,
  runCase,
  testDevice,
  testOp,
} from "./harness.ts";
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
    x: normalMatrix(seed + 1, inner, cols),
    out: normalMatrix(seed + 2, rows, cols),
  },
  settings: { scale, accumulate },
}));

const tolerance = { absolute: 1e-4, relative: 1e-5 };

testOp(maskedMatmul, { cases, tolerance });
testOp(tiled(maskedMatmul), { cases, tolerance });
testOp(largeTiles(maskedMatmul), { cases, tolerance });
testOp(splitTerms(maskedMatmul), { cases, tolerance });
testOp(withoutSubgroups(maskedMatmul), { cases, tolerance });
const software = await isOnSoftware();
if (software) testOp(withSubgroups(maskedMatmul), { cases, tolerance });

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `maskedMatmul: agrees with the definition, entry by entry, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const [rows, inner, cols] = [11, 37, 5];
      const weights = normalMatrix(1, rows, inner),
        mask = randomBits(2, rows, inner),
        x = normalMatrix(3, inner, cols);
      const args = { weights, mask, x, out: output(rows, cols) };
      const settings = { scale: 0.5, accumulate: 0 };
      const { out } = await runCase(await testDevice(kind), maskedMatmul, { args, settings });
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < cols; j++) {
          let sum = 0;
          for (let l = 0; l < inner; l++) {
            if (mask.bits[i * inner + l]) sum += weights.data[i * inner + l] * x.data[l * cols + j];
          }
          assert.ok(Math.abs(out[i * cols + j] - 0.5 * sum) < 1e-5, `entry ${i}, ${j}`);
        }
      }
    },
  });
}

const forms = [tiled(maskedMatmul), withoutSubgroups(maskedMatmul)];
if (software) forms.push(withSubgroups(maskedMatmul));
for (const op of forms) {
  Deno.test({
    name: `${op.name}: takes more columns than stand in a row of workgroups`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      // A workgroup has 64 columns, or 256, and no dimension more than 65535 workgroups.
      const cols = 65535 * 64 + 67;
      const x = { rows: 1, cols, data: Float32Array.from({ length: cols }, (_, j) => j % 1021) };
      const weights = { rows: 1, cols: 1, data: Float32Array.of(2) };
      const args = { weights, x, out: output(1, cols) }, settings = { scale: 1, accumulate: 0 };
      const { out } = await runCase(await testDevice("webgpu"), op, { args, settings });
      assert.equal(out.findIndex((value, at) => value !== 2 * (at % 1021)), -1);
    },
  });
}
