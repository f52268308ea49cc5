import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import {
  balancedBatch,
  batchFromSafetensors,
  type Dataset,
  inputsFromSafetensors,
  serialiseSafetensors,
  type Tensor,
  writeFileAtomically,
} from "@graphon-limit/data";
import { throwsOneLine, withFolder } from "./support.ts";

/** A set of three numbers per image, the first its row, with the given labels. */
function dataset(labels: number[]): Dataset {
  return {
    name: "tiny",
    images: Float32Array.from({ length: 3 * labels.length }, (_, i) => i % 3 === 0 ? i / 3 : -i),
    labels: Uint8Array.from(labels),
    count: labels.length,
    dimension: 3,
    classes: 10,
    source: "here",
  };
}

const TINY = dataset(Array.from({ length: 200 }, (_, row) => (row * row + 3 * row + (row >> 3)) % 10));
const LEAST = Math.min(
  ...Array.from({ length: 10 }, (_, c) => TINY.labels.filter((label) => label === c).length),
);

Deno.test("balancedBatch takes rows of each class in turn, none twice, with their images", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: LEAST }), fc.nat(), (perClass, seed) => {
    const { x, y, indices, count, dimension } = balancedBatch(TINY, perClass, seed);
    assert.deepEqual([count, dimension, x.length, y.length], [
      10 * perClass,
      3,
      30 * perClass,
      10 * perClass,
    ]);
    assert.equal(new Set(indices).size, count);
    indices.forEach((row, i) => {
      assert.equal(y[i], i % 10);
      assert.equal(TINY.labels[row], i % 10);
      assert.deepEqual(x.subarray(3 * i, 3 * i + 3), TINY.images.subarray(3 * row, 3 * row + 3));
    });
  }));
});

Deno.test("balancedBatch depends on the seed, and a smaller batch begins a larger one", () => {
  const large = balancedBatch(TINY, LEAST, 7);
  assert.deepEqual(balancedBatch(TINY, LEAST, 7), large);
  assert.deepEqual(balancedBatch(TINY, 2, 7).indices, large.indices.slice(0, 20));
  assert.deepEqual(balancedBatch(TINY, 2, [7, 0]).indices, large.indices.slice(0, 20));
  assert.notDeepEqual(balancedBatch(TINY, LEAST, 8).indices, large.indices);
});

Deno.test("balancedBatch says which class has too few images", () => {
  throwsOneLine(
    () => balancedBatch(dataset([0, 1, 2, 3, 4, 5, 6, 7, 8]), 1, 0),
    /^Expected 1 images of class 9 in tiny but found 0$/,
    "InvalidArgumentError",
  );
  for (const perClass of [0, -1, 1.5, NaN]) {
    throwsOneLine(
      () => balancedBatch(TINY, perClass, 0),
      /^Expected at least 1 image of each class but found /,
    );
  }
});

Deno.test("batchFromSafetensors reads x and y as PyTorch stores them", () =>
  withFolder((folder) => {
    const path = join(folder, "batch.safetensors");
    const x: Tensor = { name: "x", shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) };
    const expected = { x: x.data, count: 2, dimension: 3 };
    for (const data of [new BigInt64Array([3n, 255n]), new Int32Array([3, 255]), new Uint8Array([3, 255])]) {
      writeFileAtomically(path, serialiseSafetensors([x, { name: "y", shape: [2], data }]));
      assert.deepEqual(batchFromSafetensors(path), { ...expected, y: new Uint8Array([3, 255]) });
    }
    writeFileAtomically(path, serialiseSafetensors([x]));
    assert.deepEqual(inputsFromSafetensors(path), expected);
  }));

Deno.test("batchFromSafetensors says in one line what does not fit", () =>
  withFolder((folder) => {
    const path = join(folder, "batch.safetensors");
    const x = (...values: number[]): Tensor => ({
      name: "x",
      shape: [values.length, 1],
      data: new Float32Array(values),
    });
    const y = (...labels: number[]): Tensor => ({
      name: "y",
      shape: [labels.length],
      data: new Int32Array(labels),
    });
    const cases: [tensors: Tensor[], pattern: RegExp][] = [
      [[x(1, 2)], /batch.safetensors: expected a tensor "y" but found only "x"$/],
      [[y(1, 2)], /expected a tensor "x" but found only "y"$/],
      [[x(1, 2), y(1)], /expected y of integers \[2\], one for each row of x, but found I32 \[1\]$/],
      [
        [x(1, 2), { name: "y", shape: [2], data: new Float32Array(2) }],
        /expected y of integers \[2\], .* but found F32 \[2\]$/,
      ],
      [[x(1), { name: "y", shape: [1, 1], data: new Int32Array(1) }], /but found I32 \[1, 1\]$/],
      [[x(1, NaN), y(0, 1)], /expected x of finite numbers but found NaN in row 1$/],
      [[x(), y()], /expected x of floating-point \[rows, columns\] but found F32 \[0, 1\]$/],
      [[{ name: "x", shape: [2], data: new Float32Array(2) }, y(0, 1)], /but found F32 \[2\]$/],
      [[x(1, 2), y(0, 256)], /expected tensor "y" to hold whole numbers of 0 to 255 but found 256$/],
      [[x(1, 2), y(0, -1)], /but found -1$/],
    ];
    for (const [tensors, pattern] of cases) {
      writeFileAtomically(path, serialiseSafetensors(tensors));
      throwsOneLine(() => batchFromSafetensors(path), pattern);
    }
    throwsOneLine(
      () => batchFromSafetensors(join(folder, "none")),
      /none: expected a file to read but found no such file/,
    );
  }));
