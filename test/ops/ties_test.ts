import assert from "node:assert/strict";
import fc from "fast-check";
import {
  emptyHistogram,
  keepTies,
  maskFromThreshold,
  selectDigit,
  tieHash,
  tieHistogram,
} from "@graphon-limit/ops";
import { packBits, RandomSequence, type Seed } from "@graphon-limit/runtime";
import { SELECT_ROWS } from "../../packages/ops/select_state.ts";
import { dimension, elementSeed, randomBits, readMask, testDevice, testOp } from "./harness.ts";

/** Where words of ties begin among all: at the first, in the midst, and where a stretch of 2³² positions ends. */
const offsets = fc.constantFrom(0, 1, 12345, 2 ** 27 - 1, 2 ** 27, 31 * 2 ** 27 + 5);
const anySeed = fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff));
const densities = fc.constantFrom(0, 0.01, 0.5, 1);

/** The hash by its definition, in integers of any size. */
function hashOf(word: number, bit: number, [low, high]: Seed): number {
  const mask = 0xffffffffn, position = BigInt(word) * 32n + BigInt(bit);
  const stretch = ((position >> 32n) * 0x9e3779b9n) & mask,
    third = (BigInt(low) + stretch) * 0x85ebca6bn + BigInt(high);
  const shifted = (x: bigint, by: bigint, factor: bigint) => ((x ^ (x >> by)) * factor) & mask;
  let x = shifted((position & mask) ^ BigInt(low), 17n, 0xed5ad4bbn);
  x = (x + (BigInt(high) ^ stretch)) & mask;
  x = shifted(shifted(x, 11n, 0xac4c1b51n) ^ (third & mask), 15n, 0x31848babn);
  return Number(x ^ (x >> 14n));
}

Deno.test("tieHash: is its definition, and no two positions of a stretch share one", () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), fc.nat(31), anySeed, (word, bit, seed) => {
      assert.equal(tieHash(word, bit, ...seed), hashOf(word, bit, seed));
    }),
  );
  const random = new RandomSequence(3);
  for (const first of [0, 2 ** 27 - 2 ** 15, 2 ** 32 - 2 ** 15]) {
    const seed = [random.uint32(), random.uint32()] as const, hashes = new Uint32Array(2 ** 20);
    for (let i = 0; i < hashes.length; i++) hashes[i] = tieHash(first + (i >>> 5), i & 31, ...seed);
    hashes.sort();
    assert.ok(hashes.every((hash, i) => i === 0 || hash > hashes[i - 1]));
  }
});

/** How many ties are to be kept: none, few, one of the first hashes, most, or more than there are. */
const ranks = fc.constantFrom([0, 0], [5, 0], [1, 0], [2 ** 31, 0], [0, 1], [0, 40]);

/** A state whose threshold is found, with ties to keep or none. */
function stateOf([low, high]: readonly number[]) {
  return { rows: 1, cols: 6, data: Uint32Array.of(0, low, 0, high, 0, 0) };
}

/**
 * A histogram as passes over ties leave it in which each digit of a hash was counted in a few bins, its own among them, and one
 * stretch in all: a third of the other bins hold none, and some counts are about to pass 2³².
 */
function histogramOf(seed: number, hash: number, stretch: number) {
  const random = new RandomSequence(seed), data = new Uint32Array(SELECT_ROWS * 2049);
  const digits = [random.integer(2048), hash >>> 21, (hash >>> 10) & 2047, hash & 1023, stretch];
  digits.forEach((digit, counter) => {
    for (let bin = 0; bin < 2049; bin++) {
      const kind = random.integer(40), lower = 2 * counter * 2049 + bin;
      if (bin === digit) data[lower] = 5 + random.integer(9);
      else if (kind === 0) data[lower] = 2 ** 32 - 1;
      else if (kind === 1 && counter < 4) data[lower] = random.integer(3);
      else if (kind === 2 && bin > digit) data[lower + 2049] = random.integer(3);
    }
  });
  return { rows: SELECT_ROWS, cols: 2049, data };
}

const histogramCases = fc.record({
  words: dimension,
  density: densities,
  bits: elementSeed,
  seed: anySeed,
  offset: offsets,
  rank: ranks,
  passIndex: fc.constantFrom(1, 2, 3),
  counts: elementSeed,
}).map(({ words, density, bits, seed, offset, rank, passIndex, counts }) => ({
  args: {
    ties: {
      rows: 1,
      cols: words,
      data: packBits(randomBits(bits, 1, 32 * words, density).bits, 1, 32 * words),
    },
    state: stateOf(rank),
    // The bound is often near the hash of a tie.
    histogram: histogramOf(counts, tieHash((offset + (words >>> 1)) % 2 ** 32, 3, ...seed), counts % 32),
  },
  settings: { ...{ seedLow: seed[0], seedHigh: seed[1] }, offset, passIndex },
}));
testOp(tieHistogram, { cases: histogramCases, runs: 100 });

testOp(keepTies, {
  limits: [undefined, 82000],
  cases: fc.record({
    // Tall ones are cut into panels where a binding holds no more than the histogram.
    rows: fc.tuple(dimension, fc.constantFrom(...new Array(7).fill(1), 200)).map(([rows, by]) => rows * by),
    cols: dimension,
    densities: fc.tuple(densities, densities),
    bits: fc.tuple(elementSeed, elementSeed),
    seed: anySeed,
    offset: offsets,
    rank: ranks,
    passes: fc.constantFrom(3, 4),
    counts: elementSeed,
    start: fc.constantFrom(0, 1, 37, 2 ** 32 - 2),
    missing: fc.constantFrom(0, 0, 3),
    // Masks that are done with it, and where the first of them begins.
    others: fc.array(fc.tuple(fc.nat(9), fc.nat(40)), { maxLength: 3 }),
    next: fc.constantFrom(0, 5, 2 ** 32 - 2),
  }).map(
    ({ rows, cols, densities, bits, seed, offset, rank, passes, counts, start, missing, others, next }) => {
      const words = Math.max(0, rows * Math.ceil(cols / 32) + (start < 2 ** 31 ? start : 0) - missing);
      const [second, third, fourth] = others.map(([rows, cols], k) =>
        randomBits(bits[1] + k + 1, rows, cols, densities[1])
      );
      return {
        args: {
          ties: {
            rows: 1,
            cols: words,
            data: packBits(randomBits(bits[0], 1, 32 * words, densities[0]).bits, 1, 32 * words),
          },
          state: stateOf(rank),
          histogram: histogramOf(counts, tieHash((offset + 1) % 2 ** 32, 3, ...seed), counts % 32),
          mask: randomBits(bits[1], rows, cols, densities[1]),
          ...{ second, third, fourth },
        },
        settings: { seedLow: seed[0], seedHigh: seed[1], offset, start, next, passes },
      };
    },
  ),
});

for (const kind of ["webgpu", "cpu", "twin"] as const) {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name: `${name} (${kind})`, sanitizeOps: false, sanitizeResources: false, fn });

  test("selectDigit: says how many ties there are and how many to keep, beyond 2³²", async () => {
    const device = await testDevice(kind), bins = new Uint32Array(SELECT_ROWS * 2049), key = 0xbf800000;
    // 5 below the threshold and 3 · 2³² + 9 at it, of which the rank counts 2³² + 2; and something in each counter of ties.
    [bins[6], bins[7], bins[2049 + 7], bins[9]] = [5, 9, 3, 4];
    for (let row = 2; row < SELECT_ROWS; row++) bins[2049 * row + 100 * row] = row;
    const settled = async (worthless: number, breakTies: number) => {
      using histogram = device.upload(bins, SELECT_ROWS, 2049);
      using state = device.upload(Uint32Array.of(key, 7, 0, 1, 0, 0), 1, 6);
      const settings = { shift: 0, first: 0, rankLow: 0, rankHigh: 0, worthless, breakTies, row: 0 };
      device.run(selectDigit, { state, histogram }, settings);
      assert.ok((await device.read(histogram)).every((count) => count === 0));
      return [...await device.read(state)];
    };
    const none = 0x007fffff;
    assert.deepEqual(await settled(none, 1), [key + 7, 7, 0, 2, 9, 3]);
    assert.deepEqual(await settled(none, 0), [key + 7, 0, 0, 0, 9, 3]);
    assert.deepEqual(await settled(key + 7, 1), [key + 7, 0, 0, 0, 9, 3]);
    assert.deepEqual(await settled(key + 8, 1), [key + 8, 0, 0, 0, 9, 3]);
  });

  test("tieHistogram, keepTies: of two with one hash the one in the earlier stretch is kept", async () => {
    const device = await testDevice(kind), words = 2 ** 13, seed = [11, 12] as const, cols = 32 * words;
    const starts = [0, 2 ** 27],
      hashes = starts.map((start) =>
        Uint32Array.from({ length: cols }, (_, i) => tieHash(start + (i >>> 5), i & 31, ...seed))
      );
    const first = new Map([...hashes[0]].map((hash, i) => [hash, i]));
    const [hash] = [...hashes[1]].filter((hash) => first.has(hash));
    assert.ok(hash !== undefined, "no two have one hash");
    const pair = [first.get(hash)!, hashes[1].indexOf(hash)];
    const below = hashes.flatMap((list) => [...list]).filter((other) => other < hash).length;
    using zeros = device.upload(new Float32Array(cols), 1, cols);
    const [seedLow, seedHigh] = seed;
    for (const kept of [below, below + 1, below + 2]) {
      using histogram = emptyHistogram(device);
      // Every score is at the threshold, whose key is that of 0.
      using state = device.upload(Uint32Array.of(2 ** 31, kept, 0, 0, 0, 0), 1, 6);
      const chunks = starts.map((offset) => {
        const ties = device.matrix(1, words, "u32"), mask = device.bits(1, cols);
        const settings = { seedLow, seedHigh, offset, start: 0 };
        device.run(maskFromThreshold, { scores: zeros, state, mask, ties, histogram }, settings);
        return { ties, mask, offset };
      });
      for (const passIndex of [1, 2, 3]) {
        for (const { ties, offset } of chunks) {
          device.run(tieHistogram, { ties, state, histogram }, { seedLow, seedHigh, offset, passIndex });
        }
      }
      const masks = await Promise.all(chunks.map(async ({ ties, mask, offset }) => {
        const settings = { seedLow, seedHigh, offset, start: 0, next: 0, passes: 4 };
        device.run(keepTies, { ties, state, histogram, mask }, settings);
        const bits = await readMask(device, mask);
        ties.dispose();
        mask.dispose();
        return bits;
      }));
      const count = masks.reduce((sum, mask) => sum + mask.reduce((all, bit) => all + bit, 0), 0);
      assert.equal(count, kept);
      assert.deepEqual(pair.map((i, list) => masks[list][i]), [
        kept > below ? 1 : 0,
        kept > below + 1 ? 1 : 0,
      ]);
    }
  });
}
