import assert from "node:assert/strict";
import fc from "fast-check";
import { maskedMatmul, maskedMatmulTransposed, NEGATIVE_INFINITY, saliency } from "@graphon-limit/ops";
import { type AnyOp, packBits } from "@graphon-limit/runtime";
import { isSparse } from "../../../packages/ops/packed_products.ts";
import {
  elementSeed,
  type HostMatrix,
  normalMatrix,
  type OpCase,
  output,
  randomBits,
  runCase,
  testDevice,
} from "../../ops/harness.ts";

/** Sizes around a block of columns, a word, a strip, and the length of the lists. */
const size = fc.oneof(
  fc.constantFrom(0, 1, 7, 8, 9, 16, 31, 32, 33, 63, 64, 65, 128, 256, 257),
  fc.integer({ min: 1, max: 300 }),
);

/** A mask that keeps one in five, but nothing of its first row and everything of its last. */
function sparseBits(seed: number, rows: number, cols: number): HostMatrix & { bits: Uint8Array } {
  const mask = randomBits(seed, rows, cols, 0.2);
  if (rows > 8) mask.bits.fill(0, 0, cols).fill(1, (rows - 1) * cols);
  return mask;
}

const shapes = { rows: size, cols: size, samples: size, seed: elementSeed };
const scale = fc.constantFrom(1, 0.25, -3);

/** The kernels for masks that keep little, against the twins. */
function testSparse(op: AnyOp, cases: fc.Arbitrary<OpCase>): void {
  Deno.test({
    name: `${op.name}: where most weights are gone the kernels agree with the twin`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const tested = await testDevice("cpu"), twin = await testDevice("twin");
      await fc.assert(
        fc.asyncProperty(cases, async (drawn) => {
          const { out: actual } = await runCase(tested, op, drawn);
          const { out: expected } = await runCase(twin, op, drawn);
          assert.equal(actual.length, expected.length);
          for (let i = 0; i < expected.length; i++) {
            if (actual[i] === expected[i]) continue;
            const allowed = 2e-4 + 1e-5 * Math.abs(expected[i]);
            assert.ok(Math.abs(actual[i] - expected[i]) <= allowed, `${i}: ${actual[i]}, not ${expected[i]}`);
          }
        }),
        { numRuns: 60 },
      );
    },
  });
}

const accumulate = fc.constantFrom(0, 1);

testSparse(
  maskedMatmul,
  fc.record({ ...shapes, scale, accumulate }).map(({ rows, cols, samples, seed, ...settings }) => ({
    args: {
      weights: normalMatrix(seed, rows, cols),
      mask: sparseBits(seed, rows, cols),
      x: normalMatrix(seed + 1, cols, samples),
      out: normalMatrix(seed + 2, rows, samples),
    },
    settings,
  })),
);

testSparse(
  maskedMatmulTransposed,
  fc.record({ ...shapes, scale, accumulate }).map(({ rows, cols, samples, seed, ...settings }) => ({
    args: {
      weights: normalMatrix(seed, rows, cols),
      mask: sparseBits(seed, rows, cols),
      x: normalMatrix(seed + 1, rows, samples),
      out: normalMatrix(seed + 2, cols, samples),
    },
    settings,
  })),
);

testSparse(
  saliency,
  fc.record({ ...shapes, scale, kind: fc.constantFrom("gradient", "snip", "grasp", "second", "size") }).map(
    ({ rows, cols, samples, seed, scale, kind }) => {
      // The kernel takes four samples at a time.
      const inner = 4 * (samples >> 2);
      return {
        args: {
          a: normalMatrix(seed, rows, inner),
          x: normalMatrix(seed + 1, cols, inner),
          weights: kind === "gradient" ? undefined : normalMatrix(seed + 2, rows, cols),
          mask: sparseBits(seed + 3, rows, cols),
          out: output(rows, cols),
        },
        settings: { kind, scale, pruned: kind === "gradient" ? 0 : NEGATIVE_INFINITY },
      };
    },
  ),
);

Deno.test("maskedMatmul: more terms than a list holds at a time, by kernels for sparse masks", async () => {
  const [rows, inner, cols] = [40, 2500, 40];
  const args = {
    weights: normalMatrix(1, rows, inner),
    mask: sparseBits(2, rows, inner),
    x: normalMatrix(3, inner, cols),
    out: normalMatrix(4, rows, cols),
  };
  const settings = { scale: 0.5, accumulate: 1 };
  const { out } = await runCase(await testDevice("cpu"), maskedMatmul, { args, settings });
  const { out: expected } = await runCase(await testDevice("twin"), maskedMatmul, { args, settings });
  for (let i = 0; i < expected.length; i++) assert.ok(Math.abs(out[i] - expected[i]) < 1e-3, `${i}`);
});

Deno.test("isSparse: tells a mask that keeps little from one that keeps half, whatever the columns", () => {
  for (const cols of [1, 31, 33, 1000]) {
    for (const [density, expected] of [[0, true], [0.2, true], [0.5, false], [1, false]] as const) {
      const rows = 2000, { bits } = randomBits(5, rows, cols, density);
      const data = packBits(bits, rows, cols), wordsPerRow = Math.ceil(cols / 32);
      assert.equal(
        isSparse({ rows, cols, wordsPerRow, data }),
        expected,
        `density ${density}, ${cols} columns`,
      );
    }
  }
  assert.equal(isSparse(undefined), false);
});
