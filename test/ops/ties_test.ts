import assert from "node:assert/strict";
import fc from "fast-check";
import { emptyHistogram, keepTies, selectDigit, tieHash, tieHistogram } from "@graphon-limit/ops";
import { packBits, RandomSequence, type Seed } from "@graphon-limit/runtime";
import { KEY_DIGITS } from "../../packages/ops/select_state.ts";
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

/** A state whose threshold is found, with ties to keep or none, and a bound among the hashes. */
const states = fc.record({
  kept: fc.constantFrom([0, 0], [5, 0], [0, 1]),
  hash: fc.nat(0xffffffff),
  stretch: fc.constantFrom(0, 1, 31, 0xffffffff),
});

const histogramCases = fc.record({
  words: dimension,
  density: densities,
  bits: elementSeed,
  seed: anySeed,
  offset: offsets,
  state: states,
  pass: fc.constantFrom(0, 1, 2, 3),
  // The bound is often the hash of a tie.
  hit: fc.boolean(),
}).map(({ words, density, bits, seed, offset, state: { kept, hash, stretch }, pass, hit }) => {
  const [shift, digitBits] = [...KEY_DIGITS, [0, 11]][pass];
  const found = hit ? tieHash(offset + (words >>> 1), 3, ...seed) : hash;
  return {
    args: {
      ties: {
        rows: 1,
        cols: words,
        data: packBits(randomBits(bits, 1, 32 * words, density).bits, 1, 32 * words),
      },
      state: { rows: 1, cols: 8, data: Uint32Array.of(0, kept[0], 0, kept[1], found, stretch, 0, 0) },
      // A third of the counts are about to pass 2³².
      histogram: {
        rows: 2,
        cols: 2049,
        data: Uint32Array.from({ length: 2 * 2049 }, (_, i) => i < 2049 && i % 3 === 0 ? 2 ** 32 - 1 : i % 3),
      },
    },
    settings: {
      ...{ seedLow: seed[0], seedHigh: seed[1], offset },
      ...{ shift, digitBits, byStretch: Number(pass === 3) },
    },
  };
});
testOp(tieHistogram, { cases: histogramCases, runs: 100 });

testOp(keepTies, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    densities: fc.tuple(densities, densities),
    bits: fc.tuple(elementSeed, elementSeed),
    seed: anySeed,
    offset: offsets,
    state: states,
    hit: fc.boolean(),
    start: fc.constantFrom(0, 1, 37, 2 ** 32 - 2),
    missing: fc.constantFrom(0, 0, 3),
    // Masks that are done with it, and where the first of them begins.
    others: fc.array(fc.tuple(fc.nat(9), fc.nat(40)), { maxLength: 3 }),
    next: fc.constantFrom(0, 5, 2 ** 32 - 2),
  }).map(({ rows, cols, densities, bits, seed, offset, state, hit, start, missing, others, next }) => {
    const { kept, hash, stretch } = state;
    const words = Math.max(0, rows * Math.ceil(cols / 32) + (start < 2 ** 31 ? start : 0) - missing);
    const found = hit ? tieHash((offset + 1) % 2 ** 32, 3, ...seed) : hash;
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
        state: { rows: 1, cols: 8, data: Uint32Array.of(0, kept[0], 0, kept[1], found, stretch, 0, 0) },
        mask: randomBits(bits[1], rows, cols, densities[1]),
        ...{ second, third, fourth },
      },
      settings: { seedLow: seed[0], seedHigh: seed[1], offset, start, next },
    };
  }),
});

for (const kind of ["webgpu", "cpu", "twin"] as const) {
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name: `${name} (${kind})`, sanitizeOps: false, sanitizeResources: false, fn });

  test("selectDigit: says how many ties there are and how many to keep, beyond 2³²", async () => {
    const device = await testDevice(kind), bins = new Uint32Array(2 * 2049), key = 0xbf800000;
    // 5 below the threshold and 3 · 2³² + 9 at it, of which the rank counts 2³² + 2.
    [bins[6], bins[7], bins[2049 + 7], bins[9]] = [5, 9, 3, 4];
    const settled = async (worthless: number, breakTies: number) => {
      using histogram = device.upload(bins, 2, 2049);
      using state = device.upload(Uint32Array.of(key, 7, 0, 1, 0, 0, 0, 0), 1, 8);
      const settings = { word: 0, shift: 0, first: 0, rankLow: 0, rankHigh: 0, worthless, breakTies, row: 0 };
      device.run(selectDigit, { state, histogram }, settings);
      assert.ok((await device.read(histogram)).every((count) => count === 0));
      return [...await device.read(state)];
    };
    const none = 0x007fffff, last = 2 ** 32 - 1;
    assert.deepEqual(await settled(none, 1), [key + 7, 7, 0, 2, 0, last, 9, 3]);
    assert.deepEqual(await settled(none, 0), [key + 7, 0, 0, 0, 0, last, 9, 3]);
    assert.deepEqual(await settled(key + 7, 1), [key + 7, 0, 0, 0, 0, last, 9, 3]);
    assert.deepEqual(await settled(key + 8, 1), [key + 8, 0, 0, 0, 0, last, 9, 3]);
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
    const ones = new Uint32Array(words).fill(2 ** 32 - 1);
    using histogram = emptyHistogram(device);
    for (const kept of [below, below + 1, below + 2]) {
      using state = device.upload(Uint32Array.of(0, kept, 0, 0, 0, 2 ** 32 - 1, 0, 0), 1, 8);
      const chunks = starts.map((offset) => ({ ties: device.upload(ones, 1, words), offset }));
      const [seedLow, seedHigh] = seed,
        unused = { rankLow: 0, rankHigh: 0, worthless: 0, breakTies: 0, row: 0 };
      const pass = (word: number, shift: number, digitBits: number, first: boolean) => {
        const byStretch = Number(word === 5);
        for (const { ties, offset } of chunks) {
          const settings = { seedLow, seedHigh, offset, shift, digitBits, byStretch };
          device.run(tieHistogram, { ties, state, histogram }, settings);
        }
        device.run(selectDigit, { state, histogram }, { word, shift, first: Number(first), ...unused });
      };
      for (const [shift, bits] of KEY_DIGITS) pass(4, shift, bits, shift === 21);
      pass(5, 0, 11, true);
      const masks = await Promise.all(chunks.map(async ({ ties, offset }) => {
        using mask = device.uploadBits(new Uint32Array(words), 1, cols);
        device.run(keepTies, { ties, state, mask }, { seedLow, seedHigh, offset, start: 0, next: 0 });
        ties.dispose();
        return await readMask(device, mask);
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
