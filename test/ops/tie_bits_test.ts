import assert from "node:assert/strict";
import fc from "fast-check";
import { emptyHistogram, kthSmallest, readThreshold, TieBits, tieHash } from "@graphon-limit/ops";
import {
  type Device,
  InvalidArgumentError,
  packBits,
  RandomSequence,
  type Seed,
} from "@graphon-limit/runtime";
import { elementSeed, readMask, replay, testDevice } from "./harness.ts";

/** Layers of scores, what was kept of them before, and how many of all are to go. */
const selections = fc.record({
  shapes: fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70 })), {
    minLength: 1,
    maxLength: 4,
  }),
  levels: fc.constantFrom<readonly number[]>(
    [1],
    [0, -0],
    [-Infinity, Infinity],
    [-1, -0, 0, 1e-45, 1, Infinity],
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  ),
  density: fc.constantFrom(1, 1, 0.6),
  fraction: fc.double({ min: 0, max: 1, noNaN: true }),
  offset: fc.constantFrom(0, 1, 12345, 2 ** 27 - 1, 2 ** 27, 31 * 2 ** 27 + 5),
  seed: fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)),
  worthless: fc.constantFrom(undefined, 0, 1),
  draws: elementSeed,
});

/** Masks by sorting all scores, and the ties at the threshold by their hashes. */
function bruteForce(
  layers: readonly Layer[],
  k: number,
  seed: Seed,
  offset: number,
  worthless: number,
) {
  const all = layers.flatMap(({ scores }) => [...scores]).sort((a, b) => a < b ? -1 : a > b ? 1 : 0);
  const value = all[k - 1], threshold = Math.max(value, worthless);
  const ties = all.filter((score) => score === value).length;
  const wanted = value > worthless ? ties - (k - all.filter((score) => score < value).length) : 0;
  const masks = layers.map(({ scores, before }) =>
    Uint8Array.from(scores, (score, i) => Number(score > threshold && before[i] === 1))
  );
  let first = offset;
  const tied = layers.flatMap(({ rows, cols, scores, before }, layer) => {
    const words = Math.ceil(cols / 32), from = first;
    first += rows * words;
    return [...scores].flatMap((score, i) => {
      if (score !== value || before[i] === 0) return [];
      const column = i % cols, word = from + Math.floor(i / cols) * words + (column >>> 5);
      return [{ layer, i, hash: tieHash(word, column & 31, ...seed), stretch: Math.floor(word / 2 ** 27) }];
    });
  });
  tied.sort((a, b) => a.hash - b.hash || a.stretch - b.stretch);
  for (const { layer, i } of tied.slice(0, wanted)) masks[layer][i] = 1;
  return { masks, threshold, ties };
}

interface Layer {
  readonly rows: number;
  readonly cols: number;
  readonly scores: Float32Array;
  readonly before: Uint8Array;
}

interface Choice {
  readonly k: number;
  readonly seed: Seed;
  readonly offset: number;
  readonly worthless?: number | undefined;
}

/** Selects on a device and compares with brute force. */
async function compare(device: Device, layers: readonly Layer[], { k, seed, offset, worthless }: Choice) {
  using histogram = emptyHistogram(device);
  const scores = layers.map((layer) => device.upload(layer.scores, layer.rows, layer.cols));
  using state = kthSmallest(device, scores, k, { breakTies: true, worthless, histogram });
  using ties = new TieBits(device, seed, offset, layers);
  const masks = layers.map(({ rows, cols, before }, layer) => {
    using previous = device.uploadBits(packBits(before, rows, cols), rows, cols);
    return ties.mask({ scores: scores[layer], previous, selection: { state, histogram } });
  });
  const threshold = await readThreshold(state);
  ties.settle({ state, histogram });
  const found = await Promise.all(masks.map((mask) => readMask(device, mask)));
  const counts = (await device.read(histogram)).subarray(0, 2 * 2049);
  for (const matrix of [...scores, ...masks]) matrix.dispose();
  const expected = bruteForce(layers, k, seed, offset, worthless ?? -Infinity);
  found.forEach((mask, layer) => {
    const wrong = mask.findIndex((bit, i) => bit !== expected.masks[layer][i]);
    assert.equal(wrong, -1, `layer ${layer}: bit ${wrong} is wrong`);
  });
  assert.ok(threshold.value === expected.threshold);
  assert.equal(threshold.ties, expected.ties);
  assert.ok(counts.every((each) => each === 0), "the bins are not empty");
}

for (const kind of ["webgpu", "cpu", "twin"] as const) {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name: `${name} (${kind})`, sanitizeOps: false, sanitizeResources: false, fn });

  for (const limit of [undefined, 82000] as const) {
    const panels = limit ? `, in panels of ${limit} bytes` : "";
    test(`TieBits: masks are those of sorting scores and hashes${panels}`, async () => {
      const device = await testDevice(kind, limit);
      await fc.assert(
        fc.asyncProperty(selections, async ({ shapes, levels, density, fraction, draws, ...choice }) => {
          const random = new RandomSequence(draws);
          const layers = shapes.map(([rows, cols]) => ({
            ...{ rows, cols },
            scores: Float32Array.from({ length: rows * cols }, () => levels[random.integer(levels.length)]),
            before: Uint8Array.from({ length: rows * cols }, () => Number(random.uniform() < density)),
          }));
          const count = layers.reduce((sum, { scores }) => sum + scores.length, 0);
          await compare(device, layers, { ...choice, k: 1 + Math.floor(fraction * (count - 1)) });
        }),
        { numRuns: 60, ...replay() },
      );
    });
  }

  test("TieBits: masks whose words exceed a binding have their ties in panels", async () => {
    const device = await testDevice(kind, 82000), random = new RandomSequence(8);
    const layers = [[5000, 150], [40, 33], [1300, 100]].map(([rows, cols]) => ({
      ...{ rows, cols },
      scores: Float32Array.from({ length: rows * cols }, () => random.integer(3)),
      before: Uint8Array.from({ length: rows * cols }, () => Number(random.uniform() < 0.9)),
    }));
    for (const k of [1000, 290000, 560000, 870000]) {
      for (const offset of [0, 2 ** 27 - 2000]) {
        await compare(device, layers, { k, offset, seed: [k, offset] });
      }
    }
  });
}

Deno.test("TieBits: masks of more bits than can be numbered are refused", async () => {
  const device = await testDevice("cpu"), shape = { rows: 2 ** 20, cols: 2 ** 15 };
  assert.throws(() => new TieBits(device, [0, 0], 2 ** 32 - 1, [shape]), InvalidArgumentError);
});
