import assert from "node:assert/strict";
import fc from "fast-check";
import { definePruner, METHODS, prune, type Scope, SCOPES } from "@graphon-limit/pruners";
import { InvalidArgumentError, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";
import { fixedScores, masksOf, network, PER_METHOD, samples, scopesOf, unmask } from "./support.ts";

const WIDTHS = [4, 6, 3], SIZES = [24, 18], seed = seedFrom(1);

/** Masks straight from the definition without ties: the ⌊s·N⌋-th smallest score of the scope and all its equals go. */
function bruteForce(scores: readonly Float32Array[], sparsity: number, scope: Scope) {
  const groups = scope === "global" ? [scores] : scores.map((layer) => [layer]);
  const thresholds = groups.map((group) => {
    const all = group.flatMap((layer) => [...layer]).sort((a, b) => a - b);
    return Math.floor(sparsity * all.length) < 1 ? undefined : all[Math.floor(sparsity * all.length) - 1];
  });
  const masks = scores.map((layer, l) => {
    const threshold = thresholds[scope === "global" ? 0 : l];
    return Uint8Array.from(layer, (score) => Number(threshold === undefined || score > threshold));
  });
  return { thresholds, masks };
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

onBothDevices("prune: where ties are dropped is its definition, both scopes included", async (device) => {
  const drawn = fc.record({
    sparsity: fc.oneof(
      fc.constantFrom(0, 0.01, 0.04, 0.5, 0.95, 0.999),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
    ),
    scope: fc.constantFrom(...SCOPES),
    // Few levels make many ties.
    levels: fc.constantFrom(1, 3, 1e6),
    scoreSeed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(drawn, async ({ sparsity, scope, levels, scoreSeed }) => {
      const random = new RandomSequence(scoreSeed);
      const scores = SIZES.map((length) =>
        Float32Array.from({ length }, () => random.integer(levels) - levels / 2)
      );
      using placed = network(device, WIDTHS);
      const result = await prune(placed, fixedScores(scores), { sparsity, scope, seed, ties: "drop" });
      const expected = bruteForce(scores, sparsity, scope);
      assert.deepEqual(await masksOf(placed), expected.masks);
      assert.deepEqual(result.thresholds, expected.thresholds);
      assert.deepEqual(result.kept, expected.masks.map(sum));
    }),
    { numRuns: 40 },
  );
});

onBothDevices("prune: less than one weight to remove removes none", async (device) => {
  using placed = network(device, WIDTHS);
  const ones = SIZES.map((length) => new Float32Array(length).fill(1));
  const result = await prune(placed, fixedScores(ones), { sparsity: 0.02, seed });
  assert.deepEqual(result, { thresholds: [undefined], ties: [0], asked: [42], kept: SIZES });
  assert.ok(placed.weights.every(({ mask }) => mask === undefined));
});

onBothDevices("prune: a quota is kept in each layer, whatever the rounds", async (device) => {
  const drawn = fc.record({
    kept: fc.tuple(...SIZES.map((size) => fc.integer({ min: 0, max: size }))),
    rounds: fc.integer({ min: 1, max: 4 }),
    schedule: fc.constantFrom("exponential" as const, "linear" as const),
    scoreSeed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(drawn, async ({ kept: quota, rounds, schedule, scoreSeed }) => {
      const random = new RandomSequence(scoreSeed);
      const scores = SIZES.map((length) => random.shuffle(Uint32Array.from({ length }, (_, i) => i))).map((
        order,
      ) => Float32Array.from(order));
      using placed = network(device, WIDTHS);
      const result = await prune(placed, fixedScores(scores), { quota, rounds, schedule, seed });
      assert.deepEqual(result.kept, quota);
      const expected = scores.map((layer, l) =>
        Uint8Array.from(layer, (score) => Number(score >= SIZES[l] - quota[l]))
      );
      assert.deepEqual(await masksOf(placed), expected);
    }),
    { numRuns: 30 },
  );
});

onBothDevices("prune: refuses a quota of other layers, or of more weights than there are", async (device) => {
  using placed = network(device, WIDTHS);
  const scores = fixedScores(SIZES.map((length) => new Float32Array(length)));
  for (const quota of [[24], [24, 19], [-1, 3], [2.5, 3]]) {
    await assert.rejects(
      () => prune(placed, scores, { quota, seed }),
      oneLine(InvalidArgumentError, "quota"),
    );
  }
});

for (const [name, method] of PER_METHOD) {
  onBothDevices(
    `prune: ${name} over three rounds removes only more, down to the sparsity`,
    async (device) => {
      using placed = network(device, [12, 16, 9, 5]);
      using batch = samples(device, placed, 10);
      const total = 12 * 16 + 16 * 9 + 9 * 5, keep = total - Math.floor(0.9 * total);
      const rounds: Uint8Array[][] = [], done: number[] = [];
      // What a method with quotas leaves to chance, chance scores: its rounds are watched with the quotas given.
      const { score, quota, ...rest } = method;
      const scoring = score ?? METHODS.get("random")!.score!;
      const watched = definePruner({
        ...rest,
        async score(context) {
          if (context.round > 0) rounds.push(await masksOf(placed));
          return await scoring(context);
        },
      });
      const before = device.memory.live;
      const onProgress = (round: number, of: number) => done.push(round / of);
      const result = await prune(placed, watched, {
        ...(quota ? { quota: quota({ network: placed, keep }) } : { sparsity: 0.9 }),
        ...{ rounds: 3, batch, seed, onProgress },
      });
      rounds.push(await masksOf(placed));
      assert.deepEqual(done, [1 / 3, 2 / 3, 1]);
      assert.equal(rounds.length, 3);
      rounds.forEach((masks, t) => {
        const kept = sum(masks.map(sum));
        if (t > 0) {
          masks.forEach((mask, l) => mask.forEach((bit, i) => assert.ok(bit <= rounds[t - 1][l][i])));
        }
        // Quotas round for each layer.
        if (quota && t < 2) return;
        assert.equal(kept, total - Math.floor(t === 2 ? 0.9 * total : (1 - 0.1 ** ((t + 1) / 3)) * total));
      });
      assert.deepEqual(result.kept, rounds[2].map(sum));
      unmask(placed);
      assert.equal(device.memory.live, before);
    },
  );

  onBothDevices(`prune: ${name} gives one mask for one seed, in one round or by layer`, async (device) => {
    for (const scope of scopesOf(method)) {
      const run = async (by: number) => {
        using placed = network(device, [10, 20, 10]);
        using batch = samples(device, placed, 10);
        await prune(placed, method, { sparsity: 0.7, scope, rounds: 2, batch, seed: seedFrom(by) });
        return await masksOf(placed);
      };
      const first = await run(1);
      assert.deepEqual(await run(1), first);
      if (method.reads === "nothing") assert.notDeepEqual(await run(2), first);
    }
  });
}

onBothDevices("prune: a network pruned already is pruned further, never regrown", async (device) => {
  using placed = network(device, WIDTHS);
  const rising = SIZES.map((length) => Float32Array.from({ length }, (_, i) => i));
  const falling = rising.map((scores) => scores.map((score) => -score));
  await prune(placed, fixedScores(rising), { sparsity: 0.5, scope: "layer", seed });
  const before = await masksOf(placed);
  const { kept } = await prune(placed, fixedScores(falling), { sparsity: 0.75, scope: "layer", seed });
  const after = await masksOf(placed);
  assert.deepEqual(kept, SIZES.map((length) => length - Math.floor(0.75 * length)));
  after.forEach((mask, l) => mask.forEach((bit, i) => assert.ok(bit <= before[l][i])));
});

onBothDevices("prune: refuses a scope, sparsity or number of rounds it does not know", async (device) => {
  using placed = network(device, WIDTHS);
  const method = fixedScores(SIZES.map((length) => new Float32Array(length)));
  const refused = (options: Record<string, unknown>, ...words: string[]) =>
    assert.rejects(
      () => prune(placed, method, { sparsity: 0.5, seed, ...options }),
      oneLine(InvalidArgumentError, ...words),
    );
  await refused({ scope: "neuron" }, "global, layer", '"neuron"');
  await refused({ sparsity: 1 }, "sparsity", "1");
  await refused({ rounds: 0 }, "rounds", "0");
  await refused({ ties: "first" }, "hash, drop", '"first"');
  await refused({ schedule: "cubic" }, "exponential, linear", '"cubic"');
});

onBothDevices("prune: a method that reads data says so where there is none", async (device) => {
  using placed = network(device, WIDTHS);
  const reading = PER_METHOD.filter(([, { reads }]) => reads === "samples");
  assert.deepEqual(reading.map(([name]) => name), ["snip", "grasp"]);
  for (const [name, method] of reading) {
    await assert.rejects(
      () => prune(placed, method, { sparsity: 0.5, seed }),
      oneLine(InvalidArgumentError, "batch", name),
    );
  }
});
