import assert from "node:assert/strict";
import fc from "fast-check";
import { balancedBatch, type Dataset } from "@graphon-limit/data";
import { throwsOneLine } from "./support.ts";

/** A set of three numbers per image, the first its row, with the given labels. */
function dataset(labels: number[]): Dataset {
  return {
    name: "tiny",
    images: Float32Array.from({ length: 3 * labels.length }, (_, i) => i % 3 === 0 ? i / 3 : -i),
    labels: Uint8Array.from(labels),
    count: labels.length,
    dimension: 3,
    image: [1, 1, 3],
    classes: 10,
    statistics: [],
    normalisation: undefined,
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
