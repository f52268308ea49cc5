import assert from "node:assert/strict";
import { generateDigits } from "@graphon-limit/data";
import { cnn, initialise, type Network, resnet, unconnected, uploadBatch, vit } from "@graphon-limit/model";
import { empiricalKernel } from "@graphon-limit/ntk";
import { methodNamed } from "@graphon-limit/pruners";
import {
  deriveSeed,
  type Device,
  packBits,
  RandomSequence,
  seedFrom,
  unpackBits,
} from "@graphon-limit/runtime";
import {
  compareMasks,
  findings,
  masksOf,
  type NamedMasks,
  randomLike,
  randomQuota,
} from "@graphon-limit/study";
import { StepGraphon } from "@graphon-limit/graphon";
import { evaluate, train } from "@graphon-limit/training";
import { adam } from "@graphon-limit/model";
import { keptByLayer, layerMask, putMasks } from "../../packages/study/compare/masks.ts";
import { compareFigures } from "../../packages/study/compare/figures.ts";
import { alignment } from "../../packages/study/compare/measure.ts";
import { pairDistances } from "../../packages/study/compare/distances.ts";
import { sortMasks } from "../../packages/study/compare/draws.ts";
import { sampleFromGraphon, sortAndSmooth } from "@graphon-limit/graphon";
import { testDevice } from "../ops/harness.ts";

const SETTINGS = {
  samples: 20,
  trainSteps: 6,
  batchSize: 16,
  learningRate: 0.01,
  grid: 8,
  seed: seedFrom(2),
};

function open(device: Device) {
  const { images, labels } = generateDigits({ count: 60 });
  const network = initialise(device, [784, 24, 20, 10], "he", { seed: seedFrom(1), bias: "torch" });
  return { network, data: uploadBatch(device, images, labels) };
}

async function masks(network: Network, ...names: string[]): Promise<NamedMasks[]> {
  const found: NamedMasks[] = [];
  for (const name of names) {
    found.push(
      await masksOf(network, methodNamed(name), { sparsity: 0.8, batch: undefined, seed: seedFrom(1) }),
    );
  }
  return found;
}

Deno.test("compareMasks: loss, accuracy, kernel and training are those of each masked network, left as it was", async () => {
  const device = await testDevice("cpu"), { network, data } = open(device);
  using _network = network;
  using _data = data;
  const before = await Promise.all(network.parameters.map(({ matrix }) => device.read(matrix)));
  const all = await masks(network, "magnitude", "synflow");
  const told: string[] = [];
  const comparison = await compareMasks(network, all, {
    ...SETTINGS,
    data,
    onPart: (done, what) => told.push(`${done} ${what}`),
  });
  assert.deepEqual(told.slice(0, 3), ["0 magnitude", "1 synflow", "2 magnitude and synflow"]);
  assert.equal(told.length, 3);
  assert.ok(network.weights.every(({ mask }) => mask === undefined));
  const after = await Promise.all(network.parameters.map(({ matrix }) => device.read(matrix)));
  assert.deepEqual(after, before);

  for (const [at, facts] of comparison.masks.entries()) {
    using again = initialise(device, [784, 24, 20, 10], "he", { seed: seedFrom(1), bias: "torch" });
    putMasks(again, all[at]);
    const { loss, accuracy } = await evaluate(again, data);
    assert.deepEqual([facts.loss, facts.accuracy], [loss, accuracy]);
    const { images } = generateDigits({ count: 60 });
    using inputs = device.upload(
      Float32Array.from({ length: 784 * 20 }, (_, i) => images[(i % 20) * 784 + Math.floor(i / 20)]),
      784,
      20,
    );
    using kernel = await empiricalKernel(again, inputs);
    const values = await device.read(kernel);
    const trace = Array.from({ length: 20 }, (_, i) => values[21 * i]).reduce((sum, value) => sum + value);
    assert.ok(Math.abs(facts.kernel!.trace / trace - 1) < 1e-6);
    const { trainSteps: steps, batchSize, learningRate, seed } = SETTINGS;
    const { losses } = await train(again, data, { steps, batchSize, learningRate, seed, optimiser: adam() });
    assert.deepEqual(facts.training!.losses, losses);
    assert.equal(facts.training!.loss, (await evaluate(again, data)).loss);
    assert.equal(facts.kept, facts.layers.reduce((sum, layer) => sum + layer.kept, 0));
  }
  const words = findings(comparison).join("\n");
  assert.match(words, /SynFlow/);
  assert.doesNotMatch(words, /NaN|undefined|Infinity/);
});

Deno.test("compareMasks: without samples the masks are looked at alone", async () => {
  const device = await testDevice("cpu"), { network, data } = open(device);
  using _network = network;
  using _data = data;
  const { masks: facts, distances } = await compareMasks(
    network,
    await masks(network, "magnitude"),
    SETTINGS,
  );
  assert.deepEqual([facts[0].loss, facts[0].kernel, facts[0].training, distances], [
    undefined,
    undefined,
    undefined,
    [],
  ]);
});

Deno.test("controls: as many weights in all, or in each layer, at other places", async () => {
  const device = await testDevice("cpu"), { network, data } = open(device);
  using _network = network;
  using _data = data;
  const [synflow] = await masks(network, "synflow"), kept = keptByLayer(network, synflow);
  const like = await randomLike(network, synflow, "random", seedFrom(3));
  const quota = await randomQuota(network, synflow, "quota", seedFrom(3));
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  assert.equal(sum(keptByLayer(network, like)), sum(kept));
  assert.notDeepEqual(keptByLayer(network, like), kept);
  assert.deepEqual(keptByLayer(network, quota), kept);
  assert.notDeepEqual(quota.layers, synflow.layers);
  assert.equal(quota.quotaOf, "synflow");
});

Deno.test("layerMask: a layer without a mask is all ones, whatever its width", async () => {
  const device = await testDevice("cpu");
  for (const width of [1, 31, 32, 33, 70]) {
    using network = initialise(device, [width, 3], "he", { seed: seedFrom(0) });
    using mask = layerMask(network, { name: "dense", layers: [undefined] }, 0);
    assert.equal((await sortAndSmooth(mask, 2)).kept, 3 * width);
  }
});

/** One weight of `n` channels each way, with kernels of so many taps, or none. */
function lone(device: Device, n: number, kernel: readonly number[]): Network {
  const taps = kernel.reduce((product, extent) => product * extent, 1);
  return unconnected(device, [{ name: "w", matrix: device.matrix(n, n * taps), kernel }], "");
}

const LAWS = {
  graded: StepGraphon.from((u, v) => 0.8 * (1 - u) * (1 - v), 16),
  flat: StepGraphon.constant(0.2, 16),
};

/** Masks whose kernels keep all of their taps or none: no two of them know of each other, but taps do. */
async function kernelMasks(
  network: Network,
  name: string,
  graphon: StepGraphon,
  seed: number,
): Promise<NamedMasks> {
  const { device, weights: [{ rows, taps }] } = network;
  using edges = sampleFromGraphon(device, graphon, rows, rows, { seed: deriveSeed(seedFrom(4), seed) });
  const bits = unpackBits(await device.readBits(edges), rows, rows);
  const whole = Uint8Array.from({ length: bits.length * taps }, (_, at) => bits[Math.floor(at / taps)]);
  return { name, layers: [packBits(whole, rows, rows * taps)] };
}

for (const kernel of [[], [3, 1]]) {
  Deno.test(`pairDistances: two masks of one graphon differ as often as chance says, of kernels ${kernel}`, async () => {
    const device = await testDevice("cpu"), grid = 16, n = 96, runs = 60;
    using network = lone(device, n, kernel);
    const distance = async (one: StepGraphon, other: StepGraphon, run: number) => {
      const a = await sortMasks(network, await kernelMasks(network, "a", one, 2 * run), grid);
      const b = await sortMasks(network, await kernelMasks(network, "b", other, 2 * run + 1), grid);
      const [found] = await pairDistances(network, [a, b], { grid, seed: deriveSeed(seedFrom(9), run) });
      return found;
    };
    for (const graphon of Object.values(LAWS)) {
      let differ = 0, ratio = 0;
      for (let run = 0; run < runs; run++) {
        const { beyondNoise, l2, noiseFloor } = await distance(graphon, graphon, run);
        if (beyondNoise) differ++;
        ratio += l2 / noiseFloor / runs;
      }
      // Five in a hundred; sorting a mask that was drawn from a sorted one gives a little more noise, not less.
      assert.ok(differ <= 0.15 * runs, `${differ} of ${runs}`);
      assert.ok(ratio > 0.8 && ratio < 1.1, `${ratio}`);
    }
    assert.equal((await distance(LAWS.graded, LAWS.flat, 0)).beyondNoise, true);
  });
}

Deno.test("sortMasks: a chain's layers are each sorted alone, as sortAndSmooth does", async () => {
  const device = await testDevice("cpu"), { network, data } = open(device);
  using _network = network;
  using _data = data;
  const [masked] = await masks(network, "magnitude");
  const { layers } = await sortMasks(network, masked, 8);
  for (const [layer, { channels, kept, deadInputs }] of layers.entries()) {
    using mask = layerMask(network, masked, layer);
    const alone = await sortAndSmooth(mask, 8);
    assert.deepEqual([channels.values, kept, deadInputs], [
      alone.graphon.values,
      alone.kept,
      alone.deadInputs,
    ]);
  }
});

Deno.test("compareMasks: of convolutions and attention, taps and heads and shared axes, each mask's own loss and kernel", async () => {
  const device = await testDevice("cpu");
  const shared = { image: [1, 28, 28], classes: 10 };
  const definitions = [
    cnn({ ...shared, channels: [4, 6], kernel: 3 }),
    resnet({ ...shared, channels: [4, 6], blocks: 1 }),
    vit({ ...shared, width: 16, heads: 4, blocks: 1, patch: 7, expansion: 2 }),
  ];
  for (const definition of definitions) {
    using network = initialise(device, definition, "he", { seed: seedFrom(1) });
    const { images, labels } = generateDigits({ count: 30 });
    using data = uploadBatch(device, images, labels);
    const all = await masks(network, "magnitude", "random");
    const { masks: facts, distances, chain } = await compareMasks(network, all, {
      ...{ ...SETTINGS, trainSteps: 2 },
      data,
    });
    assert.equal(chain, definition.kind === "cnn");
    assert.equal(distances.length, network.depth);
    assert.ok(
      distances.every(({ cutNormLow, cutNormHigh, l2, noiseFloor }) =>
        cutNormLow <= cutNormHigh && cutNormLow <= l2 + 1e-12 && noiseFloor > 0
      ),
    );
    for (const [at, { layers, loss, kernel }] of facts.entries()) {
      using again = initialise(device, definition, "he", { seed: seedFrom(1) });
      putMasks(again, all[at]);
      assert.equal(loss, (await evaluate(again, data)).loss);
      assert.ok(kernel!.trace > 0);
      for (const [layer, { sorted, kept }] of layers.entries()) {
        const { taps, output, input } = network.weights[layer];
        assert.equal(sorted.taps.length, taps);
        assert.equal(sorted.kept, kept);
        assert.equal(sorted.headDensities.length, (output.heads ?? input!.heads)?.size ?? 0);
      }
      const stream = layers.filter((_, layer) => network.weights[layer].output.name === "stream");
      const [first] = stream;
      for (const { sorted } of stream) assert.deepEqual(sorted.order.outputs, first.sorted.order.outputs);
    }
    const figures = compareFigures({ masks: facts, distances, chain, grid: 8, samples: 20 }).map(({ id }) =>
      id
    );
    assert.equal(figures.some((id) => id.startsWith("taps-")), definition.kind !== "vit");
    assert.equal(figures.includes("heads"), definition.kind === "vit");
  }
});

Deno.test("alignment: by definition, 1 for the labels' own kernel, near 0 for one that knows nothing of them", () => {
  const classes = [0, 1, 2, 0, 1, 2, 1, 1];
  const same = classes.flatMap((a) => classes.map((b) => a === b ? 1 : 0));
  assert.ok(Math.abs(alignment(same, classes) - 1) < 1e-12);
  assert.ok(Math.abs(alignment(same.map((value) => 5 + 3 * value), classes) - 1) < 1e-12, "centred");
  const random = new RandomSequence(3);
  const features = Array.from({ length: 8 * 40 }, () => random.normal());
  const kernel = classes.flatMap((_, i) =>
    classes.map((_, j) => {
      let sum = 0;
      for (let k = 0; k < 40; k++) sum += features[i * 40 + k] * features[j * 40 + k];
      return sum;
    })
  );
  // ⟨H K H, Y⟩ / (‖H K H‖ ‖H Y H‖), with H written out.
  const n = 8, h = (i: number, j: number) => (i === j ? 1 : 0) - 1 / n;
  const centre = (matrix: number[]) =>
    Array.from({ length: n * n }, (_, at) => {
      let sum = 0;
      for (let a = 0; a < n; a++) {
        for (let b = 0; b < n; b++) sum += h(Math.floor(at / n), a) * matrix[a * n + b] * h(b, at % n);
      }
      return sum;
    });
  const [k, y] = [centre(kernel), centre(same)],
    dot = (a: number[], b: number[]) => a.reduce((s, v, i) => s + v * b[i], 0);
  assert.ok(Math.abs(alignment(kernel, classes) - dot(k, y) / Math.sqrt(dot(k, k) * dot(y, y))) < 1e-12);
});
