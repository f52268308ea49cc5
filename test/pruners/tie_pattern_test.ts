import assert from "node:assert/strict";
import { initialise } from "@graphon-limit/model";
import { definePruner, prune, SCOPES } from "@graphon-limit/pruners";
import { deriveSeed, type Seed, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { masksOf } from "./support.ts";

// What is kept of weights that all tie is a random half of them: uniform over whatever sorts the positions, and of no account
// to what another layer, seed or round keeps. The seeds are fixed, so each statistic is one number, and its bound is stated.

const WIDTHS = [256, 300, 300, 300, 10], SPARSITY = 0.5;

/** Standard deviations that a statistic may be from its mean: one in 16,000 is beyond, and there are some 600. */
const BOUND = 4;

/** Masks of scores that are all equal. */
async function tieMasks(seed: Seed, { rounds = 1, scope = SCOPES[0] } = {}): Promise<Uint8Array[]> {
  const device = await testDevice("cpu");
  using network = initialise(device, WIDTHS, "he", { seed: seedFrom(0) });
  const ones = definePruner({
    name: "ones",
    score: ({ network: { weights } }) => weights.map(({ count }) => new Float32Array(count).fill(1)),
  });
  await prune(network, ones, { sparsity: SPARSITY, rounds, scope, seed });
  return await masksOf(network);
}

/**
 * How many standard deviations Pearson's statistic is from its mean where each of the classes is as likely to be kept as any, by
 * the cube-root approximation (Wilson and Hilferty 1931).
 */
function deviation(mask: Uint8Array, classOf: (i: number) => number): number {
  const kept: number[] = [], sizes: number[] = [];
  mask.forEach((bit, i) => {
    const of = classOf(i);
    kept[of] = (kept[of] ?? 0) + bit;
    sizes[of] = (sizes[of] ?? 0) + 1;
  });
  const share = kept.reduce((sum, count) => sum + count, 0) / mask.length;
  const statistic = kept.reduce(
    (sum, count, of) => sum + (count - share * sizes[of]) ** 2 / (sizes[of] * share * (1 - share)),
    0,
  );
  const degrees = kept.length - 1, spread = 2 / (9 * degrees);
  return (Math.cbrt(statistic / degrees) - (1 - spread)) / Math.sqrt(spread);
}

/** How many standard deviations the number kept in both masks is from what independent ones of their densities share. */
function dependence(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  let both = 0, inA = 0, inB = 0;
  for (let i = 0; i < length; i++) {
    both += a[i] & b[i];
    inA += a[i];
    inB += b[i];
  }
  const variance = inA * inB * (length - inA) * (length - inB) / length ** 2 / (length - 1);
  return (both - inA * inB / length) / Math.sqrt(variance);
}

for (const scope of SCOPES) {
  Deno.test(`prune: what is kept of ties is uniform over rows, columns and residues, scope ${scope}`, async () => {
    for (const run of [1, 2]) {
      const masks = await tieMasks(deriveSeed(seedFrom(2026), run), { scope });
      masks.forEach((mask, layer) => {
        const cols = WIDTHS[layer];
        const classes: [string, (i: number) => number][] = [
          ["row", (i) => Math.floor(i / cols)],
          ["column", (i) => i % cols],
          ["diagonal", (i) => (Math.floor(i / cols) + i) % cols],
          ["tenth", (i) => Math.floor(10 * i / mask.length)],
        ];
        for (let modulus = 2; modulus <= 64; modulus++) classes.push([`mod ${modulus}`, (i) => i % modulus]);
        for (const [name, classOf] of classes) {
          const found = deviation(mask, classOf);
          assert.ok(Math.abs(found) < BOUND, `run ${run}, layer ${layer}, ${name}: ${found}`);
        }
      });
    }
  });
}

Deno.test("prune: what is kept of ties is independent between layers, neighbours, seeds and rounds", async () => {
  const [first, second] = await Promise.all([tieMasks(seedFrom(7)), tieMasks(seedFrom(8))]);
  const check = (name: string, a: Uint8Array, b: Uint8Array) => {
    const found = dependence(a, b);
    assert.ok(Math.abs(found) < BOUND, `${name}: ${found}`);
  };
  first.forEach((mask, layer) => {
    check(`seeds, layer ${layer}`, mask, second[layer]);
    first.slice(layer + 1).forEach((other, next) =>
      check(`layers ${layer}, ${layer + 1 + next}`, mask, other)
    );
    for (const shift of [1, 2, 31, 32, 33, WIDTHS[layer], WIDTHS[layer] + 1]) {
      check(`layer ${layer}, ${shift} on`, mask, mask.subarray(shift));
      check(`seeds, layer ${layer}, ${shift} on`, mask, second[layer].subarray(shift));
    }
  });
  // Of what the first of two rounds kept, the second keeps what it would of any.
  const rounds = await tieMasks(seedFrom(7), { rounds: 2 });
  const after = await tieMasks(seedFrom(7), { rounds: 3 });
  rounds.forEach((mask, layer) => assert.notDeepEqual(mask, first[layer]));
  rounds.forEach((mask, layer) => assert.notDeepEqual(mask, after[layer]));
});

Deno.test("prune: with scores that tie everywhere a layer keeps what it does whichever layers share the threshold", async () => {
  // Both masks keep the smallest hashes, and the hashes are those of the positions: one has what the other has, or less.
  const [global, layered] = await Promise.all(SCOPES.map((scope) => tieMasks(seedFrom(7), { scope })));
  global.forEach((mask, layer) => {
    const more = mask.filter((bit, i) => bit > layered[layer][i]).length;
    const less = mask.filter((bit, i) => bit < layered[layer][i]).length;
    assert.equal(Math.min(more, less), 0);
  });
});
