import assert from "node:assert/strict";
import fc from "fast-check";
import { NEGATIVE_INFINITY, saliency } from "@graphon-limit/ops";
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
  cols: dimension,
  samples: dimension,
  seed: elementSeed,
  masked: fc.boolean(),
  second: fc.option(dimension),
  kind: fc.constantFrom("gradient", "snip", "grasp", "second", "size"),
  scale: fc.constantFrom(1, 0.25, -3),
}).map(({ rows, cols, samples, seed, masked, second, kind, scale }) => ({
  args: {
    a: normalMatrix(seed, rows, samples),
    x: normalMatrix(seed + 1, cols, samples),
    a2: second === null ? undefined : normalMatrix(seed + 2, rows, second),
    x2: second === null ? undefined : normalMatrix(seed + 3, cols, second),
    weights: normalMatrix(seed + 4, rows, cols),
    mask: masked ? randomBits(seed + 5, rows, cols) : undefined,
    out: output(rows, cols),
  },
  settings: { kind, scale, pruned: kind === "gradient" ? 0 : NEGATIVE_INFINITY },
}));

const tolerance = { absolute: 2e-4, relative: 1e-5 };

testOp(saliency, { cases, tolerance, runs: 20 });
testOp(tiled(saliency), { cases, tolerance, runs: 20 });
testOp(largeTiles(saliency), { cases, tolerance, runs: 20 });
testOp(splitTerms(saliency), { cases, tolerance, runs: 20 });
testOp(withoutSubgroups(saliency), { cases, tolerance, runs: 20 });
if (await isOnSoftware()) testOp(withSubgroups(saliency), { cases, tolerance, runs: 20 });

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name: `saliency: sums both outer products, takes |w g|, and sends pruned weights to −∞ on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const matrix = (rows: number, cols: number, ...values: number[]) => ({
        rows,
        cols,
        data: Float32Array.from(values),
      });
      const args = {
        a: matrix(2, 2, 1, 2, 3, 4),
        x: matrix(2, 2, 5, 6, 7, 8),
        a2: matrix(2, 1, 1, -1),
        x2: matrix(2, 1, 10, 20),
        weights: matrix(2, 2, 1, -1, 2, -2),
        mask: { rows: 2, cols: 2, bits: Uint8Array.of(1, 1, 1, 0) },
        out: output(2, 2),
      };
      const settings = { kind: "snip", scale: 2, pruned: NEGATIVE_INFINITY };
      const { out } = await runCase(await testDevice(kind), saliency, { args, settings });
      assert.deepEqual([...out], [2 * 27, 2 * 43, 2 * 2 * 29, -Infinity]);
    },
  });
}
