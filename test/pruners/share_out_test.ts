import assert from "node:assert/strict";
import fc from "fast-check";
import { axis, linear, Network, vectorShape, Weight } from "@graphon-limit/model";
import { erk, prune, uniform } from "@graphon-limit/pruners";
import { InvalidArgumentError, seedFrom } from "@graphon-limit/runtime";
import { shareOut } from "../../packages/pruners/share_out.ts";
import { testDevice } from "../ops/harness.ts";
import { onBothDevices, oneLine } from "../runtime/support.ts";
import { masksOf, network, unmask } from "./support.ts";

const seed = seedFrom(1);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Layers of some parts and sizes, and a number to share out among them. */
const layers = fc.array(
  fc.record({ part: fc.integer({ min: 1, max: 50 }), size: fc.integer({ min: 0, max: 40 }) }),
  { minLength: 1, maxLength: 6 },
).chain((list) =>
  fc.record({
    parts: fc.constant(list.map(({ part }) => part)),
    sizes: fc.constant(list.map(({ size }) => size)),
    total: fc.integer({ min: 0, max: sum(list.map(({ size }) => size)) }),
  })
);

/** What each layer's share is by definition: ε times its part, or all it has, with the ε at which they add up. */
function fairShares(total: number, parts: readonly number[], sizes: readonly number[]): number[] {
  const at = (epsilon: number) => parts.map((part, l) => Math.min(epsilon * part, sizes[l]));
  let [low, high] = [0, Math.max(1, ...sizes)];
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (sum(at(middle)) < total) low = middle;
    else high = middle;
  }
  return at(high);
}

Deno.test("shareOut: adds up exactly, no share further than one from the fair one, the largest fractions rounded up", () => {
  fc.assert(
    fc.property(layers, ({ total, parts, sizes }) => {
      const shares = shareOut(total, parts, sizes), fair = fairShares(total, parts, sizes);
      assert.equal(sum(shares), total);
      const fraction = fair.map((share) => share - Math.floor(share + 1e-9));
      shares.forEach((share, l) => {
        assert.ok(Number.isInteger(share) && share >= 0 && share <= sizes[l]);
        assert.ok(Math.abs(share - fair[l]) < 1, `${share} of ${fair[l]}`);
        // Whoever was rounded down has no larger a fraction than any who was rounded up.
        shares.forEach((other, m) => {
          if (share < fair[l] - 1e-9 && other > fair[m] + 1e-9) assert.ok(fraction[l] <= fraction[m] + 1e-9);
        });
      });
    }),
    { numRuns: 500 },
  );
});

Deno.test("shareOut: is the nearest of all ways to share out, tried one by one", () => {
  const few = layers.filter(({ sizes }) => sizes.reduce((ways, size) => ways * (size + 1), 1) <= 20_000);
  fc.assert(
    fc.property(few, ({ total, parts, sizes }) => {
      const fair = fairShares(total, parts, sizes);
      const distance = (shares: readonly number[]) => sum(shares.map((share, l) => (share - fair[l]) ** 2));
      let best = Infinity;
      const tryAll = (shares: number[], left: number) => {
        const l = shares.length;
        if (l === sizes.length) return void (left === 0 && (best = Math.min(best, distance(shares))));
        for (let share = 0; share <= Math.min(left, sizes[l]); share++) {
          tryAll([...shares, share], left - share);
        }
      };
      tryAll([], total);
      assert.ok(distance(shareOut(total, parts, sizes)) <= best + 1e-6);
    }),
    { numRuns: 60 },
  );
});

Deno.test("shareOut: equals share alike, the first of them what is left; large layers lose nothing", () => {
  assert.deepEqual(shareOut(5, [1, 1, 1], [9, 9, 9]), [2, 2, 1]);
  assert.deepEqual(shareOut(0, [3, 1], [5, 5]), [0, 0]);
  assert.deepEqual(shareOut(10, [3, 1], [5, 5]), [5, 5]);
  // A full layer's excess goes to the others.
  assert.deepEqual(shareOut(9, [100, 2, 1], [3, 10, 10]), [3, 4, 2]);
  const sizes = [78_400_000, 100_000_000, 1_000_000], all = sum(sizes);
  for (const total of [1, 12_345_677, all - 1, all]) assert.equal(sum(shareOut(total, sizes, sizes)), total);
});

onBothDevices(
  "uniform, erk: keep exactly what is asked for, in the densities of their definition",
  async (device) => {
    const drawn = fc.record({
      widths: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 5 }),
      sparsity: fc.double({ min: 0, max: 0.99, noNaN: true }),
      rounds: fc.constantFrom(1, 3),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ widths, sparsity, rounds }) => {
        using placed = network(device, widths);
        const sizes = placed.weights.map(({ count }) => count), all = sum(sizes);
        const keep = all - Math.floor(sparsity * all);
        for (const method of [uniform, erk]) {
          unmask(placed);
          const { kept } = await prune(placed, method, { sparsity, rounds, seed });
          assert.equal(sum(kept), keep);
          assert.deepEqual(kept, (await masksOf(placed)).map((mask) => sum([...mask])));
          // Densities of erk are ε (n_in + n_out) / (n_in n_out) and at most 1; of uniform all the same.
          const parts = method === uniform ? sizes : sizes.map((_, l) => widths[l] + widths[l + 1]);
          fairShares(keep, parts, sizes).forEach((share, l) => assert.ok(Math.abs(kept[l] - share) < 1));
        }
      }),
      { numRuns: 25 },
    );
  },
);

Deno.test("erk: small layers fill up, and the others share the rest", async () => {
  const device = await testDevice("cpu");
  using placed = network(device, [784, 300, 100, 10]);
  const { kept } = await prune(placed, erk, { sparsity: 0.9, seed });
  const sizes = [235_200, 30_000, 1000], all = sum(sizes), keep = all - Math.floor(0.9 * all);
  assert.equal(kept[2], 1000);
  // 784 + 300 and 300 + 100 of what is left.
  const rest = keep - 1000;
  [1084, 400].forEach((part, l) => assert.ok(Math.abs(kept[l] - rest * part / 1484) < 1));
});

Deno.test("erk: a convolution's kernel counts in the sum and in the product", async () => {
  const device = await testDevice("cpu");
  const first = new Weight(device.matrix(8, 3 * 9), {
    ...{ name: "first", output: axis("channels", 8), input: axis("colours", 3), kernel: [3, 3] },
  });
  const second = new Weight(device.matrix(16, 8), {
    ...{ name: "second", output: axis("classes", 16), input: axis("pooled", 8) },
  });
  const weights = [first, second];
  // Only names and shapes are looked at: the network need not run.
  const stage = { ...linear(second), parameters: weights };
  using net = new Network(device, stage, vectorShape(8), {
    ...{ kind: "cnn", activation: "relu", parametrization: "standard" },
  });
  const quota = erk.quota!({ network: net, keep: 100 });
  const fair = fairShares(100, [3 + 8 + 3 + 3, 8 + 16], [216, 128]);
  assert.equal(sum(quota), 100);
  quota.forEach((count, l) => assert.ok(Math.abs(count - fair[l]) < 1, `${quota}, not ${fair}`));
});

onBothDevices("uniform, erk: have no threshold of each layer, and chance is the seed's", async (device) => {
  for (const method of [uniform, erk]) {
    using placed = network(device, [10, 20, 10]);
    await assert.rejects(
      () => prune(placed, method, { sparsity: 0.5, scope: "layer", seed }),
      oneLine(InvalidArgumentError, method.name, "global"),
    );
    const masks = async (by: number) => {
      unmask(placed);
      await prune(placed, method, { sparsity: 0.5, seed: seedFrom(by) });
      return await masksOf(placed);
    };
    const first = await masks(1);
    assert.deepEqual(await masks(1), first);
    assert.notDeepEqual(await masks(2), first);
  }
});
