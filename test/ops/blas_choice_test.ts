import assert from "node:assert/strict";
import { type DenseProduct, type Kernels, packBits, wordsPerBitRow } from "@graphon-limit/runtime";
import { blasFor } from "../../packages/ops/blas_products.ts";
import { randomBits } from "./harness.ts";

const kernels: Kernels = { address: () => 0, allocate: () => 0, launch: () => {} };
const multiply = (_: DenseProduct): void => {};
const withBlas: Kernels = { ...kernels, multiply };

function maskOf(density: number) {
  const { rows, cols, bits } = randomBits(1, 256, 256, density);
  return { rows, cols, wordsPerRow: wordsPerBitRow(cols), data: packBits(bits, rows, cols) };
}

Deno.test("blasFor: large products go to the BLAS there is", () => {
  assert.equal(blasFor(withBlas, [128, 128, 128], undefined), multiply);
  assert.equal(blasFor(withBlas, [256, 64, 256], maskOf(0.5)), multiply);
  assert.equal(blasFor(kernels, [128, 128, 128], undefined), undefined);
});

Deno.test("blasFor: small and thin products, and masks that keep little, stay with the kernels", () => {
  assert.equal(blasFor(withBlas, [64, 64, 64], undefined), undefined);
  assert.equal(blasFor(withBlas, [10, 4096, 4096], undefined), undefined);
  assert.equal(blasFor(withBlas, [4096, 8, 4096], undefined), undefined);
  assert.equal(blasFor(withBlas, [256, 64, 256], maskOf(0.1)), undefined);
});
