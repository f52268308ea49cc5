import assert from "node:assert/strict";
import { type Dataset, generateDigits } from "@graphon-limit/data";
import { throwsOneLine } from "./support.ts";

Deno.test("generateDigits: an image depends on seed, split and index, not on the count", () => {
  const many = generateDigits({ count: 40, seed: 3 }), few = generateDigits({ count: 7, seed: 3 });
  assert.deepEqual(few.images, many.images.slice(0, 7 * 784));
  assert.deepEqual(few.labels, many.labels.slice(0, 7));
  assert.notDeepEqual(generateDigits({ count: 7, seed: 4 }).images, few.images);
  assert.notDeepEqual(generateDigits({ count: 7, seed: 3, split: "test" }).images, few.images);
});

Deno.test("generateDigits: every ten images hold each class once, not always in one order", () => {
  const { labels } = generateDigits({ count: 50 });
  const orders = Array.from({ length: 5 }, (_, run) => labels.slice(10 * run, 10 * run + 10).join(""));
  for (const order of orders) assert.equal([...order].sort().join(""), "0123456789");
  assert.ok(new Set(orders).size > 1);
  assert.deepEqual(orders.slice(0, 2), ["7862145093", "8064591327"]);
});

Deno.test("generateDigits describes itself as a data set of normalised images", () => {
  const digits = generateDigits({ count: 1500, seed: 11 });
  const { name, count, dimension, classes, source, images, labels } = digits;
  assert.deepEqual([name, count, dimension, classes], ["digits", 1500, 784, 10]);
  assert.equal(source, "generated train digits of seed 11");
  assert.deepEqual([images.length, labels.length], [1500 * 784, 1500]);
  const mean = images.reduce((sum, value) => sum + value, 0) / images.length;
  const deviation = Math.sqrt(images.reduce((sum, value) => sum + (value - mean) ** 2, 0) / images.length);
  assert.ok(Math.abs(mean) < 0.03, `mean ${mean}`);
  assert.ok(Math.abs(deviation - 1) < 0.03, `deviation ${deviation}`);
});

Deno.test("generateDigits refuses counts and seeds that are none", () => {
  for (const count of [0, -1, 2.5, NaN]) {
    throwsOneLine(() => generateDigits({ count }), /^Expected a number of images of at least 1 but found /);
  }
  for (const seed of [-1, 0.5, NaN, 2 ** 53]) {
    throwsOneLine(
      () => generateDigits({ count: 1, seed }),
      /^Expected a seed that is a whole number of at least 0 but found /,
    );
  }
});

// The set must leave room above a linear classifier, or a network's depth and pruning would show nothing on it.
Deno.test("the digits can be told apart, though not by a linear classifier alone", () => {
  const train = generateDigits({ count: 2000 }), test = generateDigits({ count: 400, split: "test" });
  const linear = softmaxRegressionAccuracy(train, test), nearest = nearestNeighbourAccuracy(train, test);
  assert.ok(linear > 0.75 && linear < 0.9, `softmax regression reaches ${linear}`);
  assert.ok(nearest > linear + 0.04, `nearest neighbour reaches ${nearest}, softmax regression ${linear}`);
});

/** Test accuracy of softmax regression trained by plain stochastic gradient descent. */
function softmaxRegressionAccuracy(train: Dataset, test: Dataset): number {
  const d = train.dimension;
  const weights = new Float64Array(10 * d);
  const logits = (set: Dataset, row: number) => {
    const z = new Float64Array(10);
    for (let c = 0; c < 10; c++) {
      for (let j = 0; j < d; j++) z[c] += weights[c * d + j] * set.images[row * d + j];
    }
    return z;
  };
  for (let epoch = 0; epoch < 12; epoch++) {
    const rate = 0.003 / (1 + epoch);
    for (let row = 0; row < train.count; row++) {
      const z = logits(train, row);
      const largest = Math.max(...z);
      const exponentials = z.map((value) => Math.exp(value - largest));
      const total = exponentials.reduce((sum, value) => sum + value, 0);
      for (let c = 0; c < 10; c++) {
        const slope = rate * (exponentials[c] / total - (train.labels[row] === c ? 1 : 0));
        for (let j = 0; j < d; j++) weights[c * d + j] -= slope * train.images[row * d + j];
      }
    }
  }
  let right = 0;
  for (let row = 0; row < test.count; row++) {
    const z = logits(test, row);
    if (z.indexOf(Math.max(...z)) === test.labels[row]) right++;
  }
  return right / test.count;
}

/** Test accuracy of the label of the training image of largest cosine similarity. */
function nearestNeighbourAccuracy(train: Dataset, test: Dataset): number {
  const d = train.dimension;
  const lengths = Array.from(
    { length: train.count },
    (_, row) => Math.hypot(...train.images.subarray(row * d, (row + 1) * d)),
  );
  let right = 0;
  for (let row = 0; row < test.count; row++) {
    let best = -Infinity, label = -1;
    for (let other = 0; other < train.count; other++) {
      let product = 0;
      for (let j = 0; j < d; j++) product += test.images[row * d + j] * train.images[other * d + j];
      if (product / lengths[other] > best) {
        best = product / lengths[other];
        label = train.labels[other];
      }
    }
    if (label === test.labels[row]) right++;
  }
  return right / test.count;
}
