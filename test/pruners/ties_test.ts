import assert from "node:assert/strict";
import fc from "fast-check";
import { initialise, mlp, type Network } from "@graphon-limit/model";
import {
  definePruner,
  magnitude,
  prune,
  type PruneResult,
  type Scope,
  SCOPES,
  synflow,
} from "@graphon-limit/pruners";
import { fill } from "@graphon-limit/ops";
import {
  type Device,
  GeneratedMatrix,
  type Matrix,
  openDevice,
  packBits,
  RandomSequence,
  seedFrom,
} from "@graphon-limit/runtime";
import { onBothDevices } from "../runtime/support.ts";
import { fixedScores, maskRandomly, masksOf } from "./support.ts";

const seed = seedFrom(3);

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

/** Binding limits: the devices' own, and one that holds the selection's bins but cuts scores into panels. */
const LIMITS = [undefined, 82000] as const;

function onAll(name: string, test: (device: Device) => Promise<void>): void {
  for (const limit of LIMITS) onBothDevices(`${name}${limit ? ", in panels" : ""}`, test, limit);
}

function networkOf(device: Device, widths: readonly number[]): Network {
  return initialise(device, widths, "he", { seed });
}

/** Scores of few levels: `levels` drawn at random for each weight. */
function fewLevels({ weights }: Network, levels: readonly number[], draws: number): Float32Array[] {
  const random = new RandomSequence(draws);
  return weights.map(({ count }) =>
    Float32Array.from({ length: count }, () => levels[random.integer(levels.length)])
  );
}

/** Throws unless of each scope all scores above the threshold stay, none below does, and as many as asked for in all. */
function assertExact(
  scores: readonly Float32Array[],
  masks: readonly Uint8Array[],
  { thresholds, ties, asked, kept }: PruneResult,
  scope: Scope,
) {
  const groups = scope === "global" ? [scores.map((_, layer) => layer)] : scores.map((_, layer) => [layer]);
  assert.deepEqual(kept, masks.map(sum));
  groups.forEach((layers, group) => {
    assert.equal(sum(layers.map((layer) => kept[layer])), asked[group]);
    const threshold = thresholds[group];
    let tied = 0;
    for (const layer of layers) {
      scores[layer].forEach((score, i) => {
        if (threshold === undefined) assert.equal(masks[layer][i], 1);
        else if (score === threshold) tied++;
        else assert.equal(masks[layer][i], Number(score > threshold), `${score} at ${threshold}`);
      });
    }
    assert.equal(ties[group], tied);
  });
}

onAll("prune: as many weights are kept as are asked for, whatever the ties", async (device) => {
  const drawn = fc.record({
    // Two of the larger ones make a layer of several panels.
    widths: fc.array(fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 140, max: 190 })), {
      minLength: 2,
      maxLength: 5,
    }),
    levels: fc.constantFrom<readonly number[]>(
      [1],
      [-1],
      [0, -0],
      [Infinity, 3],
      [-2, -0, 0, 1e-45, 1, Infinity],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    ),
    sparsity: fc.oneof(fc.constantFrom(0, 0.5, 0.95), fc.double({ min: 0, max: 0.999, noNaN: true })),
    scope: fc.constantFrom(...SCOPES),
    draws: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(drawn, async ({ widths, levels, sparsity, scope, draws }) => {
      using network = networkOf(device, widths);
      const scores = fewLevels(network, levels, draws);
      const result = await prune(network, fixedScores(scores), { sparsity, scope, seed });
      const sizes = scores.map(({ length }) => length);
      const asked = (scope === "global" ? [sum(sizes)] : sizes).map((n) => n - Math.floor(sparsity * n));
      assert.deepEqual(result.asked, asked);
      assertExact(scores, await masksOf(network), result, scope);
    }),
    { numRuns: 40 },
  );
});

onAll("prune: every round keeps the schedule's number, and a quota's, whatever the ties", async (device) => {
  const widths = [30, 41, 20, 10], rounds = 4;
  const quotas = [[30, 5, 3], [0, 820, 200], [1229, 1, 0]];
  for (const quota of [undefined, ...quotas]) {
    for (const schedule of ["exponential", "linear"] as const) {
      using network = networkOf(device, widths);
      const sizes = network.weights.map(({ count }) => count), total = sum(sizes), found: number[][] = [];
      const watched = definePruner({
        name: "watched",
        async score({ network, round }) {
          if (round > 0) found.push((await masksOf(network)).map(sum));
          return fewLevels(network, [1, 2, 3], round);
        },
      });
      const target = quota ? { quota } : { sparsity: 0.9 };
      const { kept } = await prune(network, watched, { ...target, rounds, schedule, seed });
      found.push(kept);
      const left = (size: number, end: number, t: number) => {
        const fraction = schedule === "linear" ? 1 - (1 - end) * t / rounds : end ** (t / rounds);
        return size - Math.floor((1 - fraction) * size);
      };
      if (quota) {
        assert.deepEqual(kept, quota);
        found.slice(0, -1).forEach((counts, t) =>
          assert.deepEqual(counts, sizes.map((size, l) => left(size, quota[l] / size, t + 1)))
        );
      } else {
        found.slice(0, -1).forEach((counts, t) => assert.equal(sum(counts), left(total, 0.1, t + 1)));
        assert.equal(sum(kept), total - Math.floor(0.9 * total));
      }
    }
  }
});

onBothDevices("prune: a recoverable method's ties return, no other's do", async (device) => {
  for (const recoverable of [false, true]) {
    using network = networkOf(device, [20, 30, 10]);
    const method = definePruner({
      name: "ones",
      recoverable,
      score: ({ network }) => network.weights.map(({ count }) => new Float32Array(count).fill(1)),
    });
    const masks: Uint8Array[][] = [];
    for (const sparsity of [0.5, 0.6]) {
      const { kept } = await prune(network, method, { sparsity, seed: seedFrom(masks.length) });
      assert.equal(sum(kept), 900 - Math.floor(sparsity * 900));
      masks.push(await masksOf(network));
    }
    const returned = sum(masks[1].flatMap((mask, l) => [...mask].map((bit, i) => bit & ~masks[0][l][i] & 1)));
    assert.equal(returned > 0, recoverable);
  }
});

onAll(
  "prune: weights that are gone, or worth nothing, are never kept to make up the number",
  async (device) => {
    for (const scope of SCOPES) {
      using network = networkOf(device, [40, 50, 30]);
      maskRandomly(network, 0.3, 5);
      const before = await masksOf(network);
      // The scores on the device leave it to `prune` that what is gone ties with what is not.
      const ones = definePruner({
        name: "ones",
        score: ({ network: { weights } }) =>
          weights.map(({ rows, cols }) => device.upload(new Float32Array(rows * cols).fill(1), rows, cols)),
      });
      const few = await prune(network, ones, { sparsity: 0.2, scope, seed });
      assert.deepEqual(await masksOf(network), before);
      assert.deepEqual(few.kept, before.map(sum));
      assert.ok(sum(few.asked) > sum(few.kept));
      const enough = await prune(network, ones, { sparsity: 0.9, scope, seed });
      assert.equal(sum(enough.kept), sum(enough.asked));
      (await masksOf(network)).forEach((mask, l) => mask.forEach((bit, i) => assert.ok(bit <= before[l][i])));
    }
    using network = networkOf(device, [40, 50, 30]);
    const worthless = definePruner({
      ...fixedScores(fewLevels(network, [-1, 0, 1], 4)),
      worthless: 0,
    });
    const { kept, thresholds } = await prune(network, worthless, { sparsity: 0.1, seed });
    assert.deepEqual(thresholds, [0]);
    assert.deepEqual(
      kept,
      fewLevels(network, [-1, 0, 1], 4).map((layer) => sum(layer.map((s) => Number(s > 0)))),
    );
  },
);

onBothDevices("prune: SynFlow keeps no weight that no path leads through", async (device) => {
  // Half of the hidden neurons have no way on: both their inputs' and their own scores are 0.
  const random = new RandomSequence(1), inputs = 20, hidden = 16;
  const first = Float32Array.from({ length: inputs * hidden }, () => random.normal());
  const second = Float32Array.from({ length: hidden }, (_, j) => j % 2);
  using network = mlp(device, [
    { weight: device.upload(first, hidden, inputs) },
    { weight: device.upload(second, 1, hidden) },
  ]);
  const { kept, asked, thresholds } = await prune(network, synflow, { sparsity: 0.25, rounds: 3, seed });
  assert.deepEqual([asked, kept, thresholds], [[252], [160, 8], [0]]);
  // Constant weights tie everywhere, and are worth something.
  using constant = mlp(device, [
    { weight: device.upload(first.fill(-0.5), hidden, inputs) },
    { weight: device.upload(second.fill(0.25), 1, hidden) },
  ]);
  const whole = await prune(constant, synflow, { sparsity: 0.7, rounds: 1, scope: "layer", seed });
  assert.deepEqual([whole.kept, whole.ties], [[320 - 224, 16 - 11], [320, 16]]);
});

onBothDevices("prune: ties dropped all go, and say how many they were", async (device) => {
  const widths = [64, 64, 64, 64, 10], total = 12928;
  using network = signedConstant(device, widths);
  for (const [rule, kept] of [["hash", 6464], ["drop", 0]] as const) {
    for (const weight of network.weights) weight.setMask(undefined);
    const result = await prune(network, magnitude, { sparsity: 0.5, ties: rule, seed });
    assert.deepEqual([sum(result.kept), result.asked, result.ties], [kept, [6464], [total]]);
  }
});

/** Weights ±√(2/n), which all tie: the signed Kaiming constant of "What's hidden in a randomly weighted network?". */
function signedConstant(device: Device, widths: readonly number[]): Network {
  const random = new RandomSequence(0);
  return mlp(
    device,
    widths.slice(1).map((rows, layer) => {
      const size = Math.sqrt(2 / widths[layer]), length = rows * widths[layer];
      const weight = Float32Array.from({ length }, () => random.integer(2) ? size : -size);
      return { weight: device.upload(weight, rows, widths[layer]) };
    }),
  );
}

onBothDevices("prune: weights of fifteen levels keep the number asked for", async (device) => {
  const widths = [784, 256, 256, 10], random = new RandomSequence(2);
  const layers = widths.slice(1).map((rows, layer) => {
    const bound = 1 / Math.sqrt(widths[layer]), length = rows * widths[layer];
    const levels = Float32Array.from(
      { length },
      () => Math.round(7 * (2 * random.uniform() - 1)) * bound / 7,
    );
    return { weight: device.upload(levels, rows, widths[layer]) };
  });
  using network = mlp(device, layers);
  for (const [sparsity, wanted] of [[0.8, 53760], [0.95, 13440]]) {
    for (const weight of network.weights) weight.setMask(undefined);
    const { kept, asked, ties } = await prune(network, magnitude, { sparsity, seed });
    assert.deepEqual([sum(kept), asked], [wanted, [wanted]]);
    assert.ok(ties[0] > 1);
  }
});

Deno.test("prune: ties are broken alike on all devices, whatever the panels, slices and storage", async () => {
  const shapes = [50, 193, 130, 10], digests = new Map<string, number[][]>();
  const constant = (regenerated: boolean) =>
    definePruner({
      name: "constant",
      score: ({ device, network: { weights } }) =>
        weights.map(({ rows, cols }) => {
          const made = (x: Matrix) => device.run(fill, { x }, { value: 2 });
          if (regenerated) return new GeneratedMatrix(device, rows, cols, made);
          const x = device.matrix(rows, cols);
          made(x);
          return x;
        }),
    });
  for (const kind of [{ kind: "webgpu" }, { kind: "cpu" }, { kind: "cpu", accelerate: false }] as const) {
    for (
      const cut of [{}, { sliceBytes: 1 }, { maxBindingBytes: 82000 }, {
        maxBindingBytes: 100000,
        sliceBytes: 1,
      }]
    ) {
      using device = await openDevice({ ...kind, ...cut, poison: true });
      for (const regenerated of [false, true]) {
        using network = networkOf(device, shapes);
        const { kept } = await prune(network, constant(regenerated), { sparsity: 0.7, rounds: 2, seed });
        const total = sum(network.weights.map(({ count }) => count));
        assert.equal(sum(kept), total - Math.floor(0.7 * total));
        const where = JSON.stringify([kind, cut, regenerated]);
        digests.set(where, (await masksOf(network)).map((mask) => [...packBits(mask, 1, mask.length)]));
      }
    }
  }
  const [first] = digests.values();
  for (const [where, masks] of digests) assert.deepEqual(masks, first, where);
});
