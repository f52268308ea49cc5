import assert from "node:assert/strict";
import fc from "fast-check";
import { defineOp, deriveSeed, normalsFromBits, seedFrom, uniformFromBits } from "@graphon-limit/runtime";
import { openUniformFromBits, philox4x32 } from "../../packages/runtime/philox.ts";
import philoxShader from "../../shaders/shared/philox.wgsl" with { type: "text" };
import { testDevice } from "../ops/harness.ts";

type Counter = [number, number, number, number];
type Key = [number, number];

/** Known answers of philox4x32-10 as published with Random123 (`kat_vectors`). */
const KNOWN: readonly { counter: Counter; key: Key; block: Counter }[] = [
  { counter: [0, 0, 0, 0], key: [0, 0], block: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    block: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    block: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

/** One block per row: counters [n, 4], keys [n, 2]. */
const philoxBlocks = defineOp({
  name: "philox_blocks",
  shader: [
    philoxShader,
    `@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      let i = id.x;
      if (i >= params.counters_rows) { return; }
      let counter = vec4u(counters[4u * i], counters[4u * i + 1u], counters[4u * i + 2u], counters[4u * i + 3u]);
      let block = philox(counter, vec2u(keys[2u * i], keys[2u * i + 1u]));
      for (var lane = 0u; lane < 4u; lane++) { blocks[4u * i + lane] = block[lane]; }
    }`,
  ],
  bindings: { counters: "u32", keys: "u32", blocks: "u32 out" },
  workgroups: ({ counters }) => [Math.ceil(counters.rows / 64)],
  reference({ counters, keys, blocks }) {
    for (let i = 0; i < counters.rows; i++) {
      const [a, b, c, d] = counters.data.subarray(4 * i);
      philox4x32([a, b, c, d], [keys.data[2 * i], keys.data[2 * i + 1]], blocks.data.subarray(4 * i));
    }
  },
});

/** The blocks as a WebGPU adapter computes them. */
async function onAdapter(draws: readonly { counter: Counter; key: Key }[]): Promise<number[][]> {
  const device = await testDevice("webgpu");
  using counters = device.upload(Uint32Array.from(draws.flatMap(({ counter }) => counter)), draws.length, 4);
  using keys = device.upload(Uint32Array.from(draws.flatMap(({ key }) => key)), draws.length, 2);
  using blocks = device.matrix(draws.length, 4, "u32");
  device.run(philoxBlocks, { counters, keys, blocks });
  const words = await device.read(blocks);
  return draws.map((_, i) => [...words.subarray(4 * i, 4 * i + 4)]);
}

Deno.test("philox4x32: gives the published known answers", () => {
  for (const { counter, key, block } of KNOWN) assert.deepEqual([...philox4x32(counter, key)], block);
});

Deno.test({
  name: "philox.wgsl: gives the published known answers",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    assert.deepEqual(await onAdapter(KNOWN), KNOWN.map(({ block }) => block));
  },
});

const word = fc.oneof(
  fc.constantFrom(0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);
const draw = fc.record({ counter: fc.tuple(word, word, word, word), key: fc.tuple(word, word) });

Deno.test({
  name: "philox: the shader and TypeScript give the same integers for any counter and key",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const draws = fc.array(draw, { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(draws, async (drawn) => {
        const expected = drawn.map(({ counter, key }) => [...philox4x32(counter, key)]);
        assert.deepEqual(await onAdapter(drawn), expected);
      }),
      { numRuns: 20 },
    );
  },
});

/** Philox in 64-bit integers, straight from the paper. */
function philoxByBigInt(counter: Counter, key: Key): number[] {
  let [a, b, c, d] = counter.map(BigInt), [k, l] = key.map(BigInt);
  const word = 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const first = 0xd2511f53n * a, second = 0xcd9e8d57n * c;
    [a, b, c, d] = [(second >> 32n) ^ b ^ k, second & word, (first >> 32n) ^ d ^ l, first & word];
    k = (k + 0x9e3779b9n) & word;
    l = (l + 0xbb67ae85n) & word;
  }
  return [a, b, c, d].map(Number);
}

Deno.test("philox4x32: agrees with the same rounds in 64-bit integers", () => {
  fc.assert(fc.property(draw, ({ counter, key }) => {
    assert.deepEqual([...philox4x32(counter, key)], philoxByBigInt(counter, key));
  }));
});

Deno.test("seedFrom: splits a seed into its low and high word", () => {
  assert.deepEqual(seedFrom(7), [7, 0]);
  assert.deepEqual(seedFrom(2 ** 53 - 1), [0xffffffff, 0x1fffff]);
});

Deno.test("deriveSeed: keys of different paths differ, and the order of a path counts", () => {
  const paths = [[], [0], [1], [0, 0], [0, 1], [1, 0], [2 ** 32], [2 ** 32 + 1]];
  const keys = paths.map((path) => deriveSeed(seedFrom(5), ...path).join());
  assert.equal(new Set(keys).size, paths.length);
  assert.deepEqual(deriveSeed(deriveSeed(seedFrom(5), 3), 4), deriveSeed(seedFrom(5), 3, 4));
});

Deno.test("uniformFromBits, openUniformFromBits, normalsFromBits: stay in range at the ends", () => {
  assert.equal(uniformFromBits(0), 0);
  assert.equal(uniformFromBits(0xffffffff), 1 - 2 ** -24);
  assert.equal(openUniformFromBits(0), 2 ** -24);
  assert.equal(openUniformFromBits(0xffffffff), 1 - 2 ** -24);
  for (const bits of [0, 0xffffffff]) {
    assert.ok(normalsFromBits(bits, bits).every((value) => Number.isFinite(value) && Math.abs(value) < 6));
  }
});
