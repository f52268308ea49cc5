import assert from "node:assert/strict";
import fc from "fast-check";
import { fill } from "@graphon-limit/ops";
import { dimension, output, runCase, testDevice, testOp } from "./harness.ts";

testOp(fill, {
  cases: fc.record({ rows: dimension, cols: dimension, value: fc.constantFrom(0, 1, -2.5, 3e38) })
    .map(({ rows, cols, value }) => ({ args: { x: output(rows, cols) }, settings: { value } })),
  runs: 25,
});

Deno.test({
  name: "fill: every element, and nothing else",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const filled = await runCase(await testDevice("webgpu"), fill, {
      args: { x: output(3, 100) },
      settings: { value: 1.5 },
    });
    assert.deepEqual(filled.x, new Float32Array(300).fill(1.5));
  },
});
