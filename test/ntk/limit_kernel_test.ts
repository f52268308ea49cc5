import assert from "node:assert/strict";
import { balancedBatch, generateDigits } from "@graphon-limit/data";
import { limitGraphon, limitNetwork, type LimitOrder } from "@graphon-limit/limit";
import { StepGraphon } from "@graphon-limit/graphon";
import { initialise, redraw, uploadBatch } from "@graphon-limit/model";
import { empiricalKernel, graphonKernel, limitKernel } from "@graphon-limit/ntk";
import { methodNamed, prune, snip } from "@graphon-limit/pruners";
import {
  deriveSeed,
  type Device,
  InvalidArgumentError,
  type Matrix,
  openDevice,
  seedFrom,
} from "@graphon-limit/runtime";
import { normalBatch } from "../limit/support.ts";
import { onBothDevices, oneLine } from "../runtime/support.ts";

const SAMPLES = 10, SPARSITY = 0.7;
const dataset = generateDigits({ count: 300 });
const network = {
  inputs: 784,
  hidden: 2,
  classes: 10,
  width: 256,
  initialiser: "ntk",
  weightVariance: 2,
} as const;
const seed = seedFrom(4);

function uploads(device: Device) {
  const drawn = balancedBatch(dataset, 1, 9), scored = balancedBatch(dataset, 3, 2);
  return [uploadBatch(device, drawn.x, drawn.y), uploadBatch(device, scored.x, scored.y)];
}

function logTrace(kernel: Float32Array): number {
  return Math.log(
    Array.from({ length: SAMPLES }, (_, i) => kernel[i * (SAMPLES + 1)]).reduce((a, b) => a + b),
  );
}

function relativeError(found: Float32Array, expected: Float32Array): number {
  const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value ** 2, 0);
  return Math.sqrt(squares(found.map((value, i) => value - expected[i])) / squares(expected));
}

onBothDevices("limitKernel: random pruning scales the dense kernel by c^(L+1)", async (device) => {
  const [x] = uploads(device);
  using inputs = x;
  using limit = await limitKernel("random", network, inputs.inputs, { sparsity: SPARSITY, seed });
  const ones = Array.from({ length: 3 }, () => StepGraphon.constant(1));
  using dense = await graphonKernel(ones, inputs.inputs, { weightVariance: 2 });
  const scale = (1 - SPARSITY) ** 3;
  const expected = (await device.read(dense)).map((value) => scale * value);
  assert.ok(relativeError(await device.read(limit), expected) < 1e-5);
});

onBothDevices(
  "limitKernel: magnitude pruning has P for gradients and V for the signals of kept weights",
  async (device) => {
    const [x] = uploads(device);
    using inputs = x;
    const layers = await limitGraphon(device, "magnitude", network, { sparsity: SPARSITY, seed, grid: 1 });
    const graphons = layers.map(({ graphon }) => graphon);
    for (const weights of ["kept", "redrawn"] as const) {
      using limit = await limitKernel("magnitude", network, inputs.inputs, {
        sparsity: SPARSITY,
        seed,
        weights,
      });
      using expected = await graphonKernel(graphons, inputs.inputs, {
        weightVariance: 2,
        ...(weights === "kept" ? { secondMoments: layers.map(({ secondMoment }) => secondMoment) } : {}),
      });
      assert.ok(relativeError(await device.read(limit), await device.read(expected)) < 1e-5, weights);
    }
  },
);

onBothDevices(
  "limitNetwork: layers share positions, and have the densities of the limit graphons",
  async (device) => {
    const [x, scored] = uploads(device);
    x[Symbol.dispose]();
    using batch = scored;
    for (const method of ["snip", "grasp", "synflow"] as const) {
      const options = {
        sparsity: SPARSITY,
        seed,
        batch,
        types: 120,
        ...(method === "synflow" ? { rounds: 5 } : {}),
      };
      const { graphons, secondMoments } = await limitNetwork(device, method, network, options);
      const shapes = graphons.map(({ rows, cols }) => [rows, cols]);
      const [first, last] = method === "synflow" ? [1, 1] : [784, 10];
      assert.deepEqual(shapes, [[120, first], [120, 120], [last, 120]], method);
      assert.deepEqual(secondMoments.map(({ rows, cols }) => [rows, cols]), shapes);
      const limit = await limitGraphon(device, method, network, {
        ...options,
        grid: 4,
        types: 300,
        outputDraws: 3,
      });
      graphons.forEach(({ density }, layer) => {
        assert.ok(
          Math.abs(density - limit[layer].density) < 0.06,
          `${method} ${layer}: ${density}, ${limit[layer].density}`,
        );
      });
      // Scores grow with the weight, so that those left are the larger ones; SynFlow's outer layers are samples of weights.
      secondMoments.forEach(({ density }, layer) => assert.ok(density > graphons[layer].density * 0.9));
    }
  },
);

for (const method of ["snip", "grasp"] as const) {
  Deno.test(`limitKernel: of the weights that ${method} keeps it is the networks' in the order finite alone`, async () => {
    using device = await openDevice({ kind: "cpu" });
    const [x, scored] = uploads(device), width = 128, trials = 12;
    using inputs = x;
    using batch = scored;
    // Kernels differ by factors from one network to the next, so that their logarithms are compared.
    const logs = async (kernel: (trial: number) => Promise<Matrix>) => {
      const traces: number[] = [];
      for (let trial = 0; trial < trials; trial++) {
        using found = await kernel(trial);
        traces.push(logTrace(await device.read(found)));
      }
      return traces.reduce((a, b) => a + b) / trials;
    };
    const networks = await logs(async (trial) => {
      const own = deriveSeed(seed, 3, trial), widths = [784, width, width, 10];
      using pruned = initialise(device, widths, "ntk", { weightVariance: 2, seed: own });
      await prune(pruned, methodNamed(method), { sparsity: SPARSITY, batch, seed: own });
      return await empiricalKernel(pruned, inputs.inputs, { output: "trace" });
    });
    const limits = (order: LimitOrder) =>
      logs((trial) =>
        limitKernel(method, { ...network, width }, inputs.inputs, {
          ...{ sparsity: SPARSITY, batch, order, types: width, seed: deriveSeed(seed, 4, trial) },
        })
      );
    const [finite, strict] = [await limits("finite"), await limits("strict")];
    assert.ok(Math.abs(finite - networks) < 0.35, `${finite}, ${networks}`);
    assert.ok(networks - strict > 0.5, `${strict}, ${networks}`);
  });
}

Deno.test("limitKernel: of the weights that SNIP keeps, of inputs that the scores' samples say nothing of", async () => {
  using device = await openDevice({ kind: "cpu" });
  const features = 40, classes = 5, width = 160;
  using batch = normalBatch(device, { features, samples: 20, classes });
  using others = normalBatch(device, { features, samples: SAMPLES, classes, seed: 6 });
  const law = { ...network, inputs: features, hidden: 3, classes, width };
  const networks: number[] = [], limits: number[] = [], trials = 40;
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seed, 8, trial), widths = [features, width, width, width, classes];
    using pruned = initialise(device, widths, "ntk", { weightVariance: 2, seed: own });
    await prune(pruned, snip, { sparsity: 0.8, batch, seed: own });
    using kernel = await empiricalKernel(pruned, others.inputs, { output: "trace" });
    const options = { sparsity: 0.8, batch, order: "finite", seed: deriveSeed(seed, 9, trial) } as const;
    using limit = await limitKernel("snip", law, others.inputs, options);
    networks.push(logTrace(await device.read(kernel)));
    limits.push(logTrace(await device.read(limit)));
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / trials;
  const squared = (values: number[]) =>
    values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (trials - 1) / trials;
  const off = mean(limits) - mean(networks), error = Math.sqrt(squared(limits) + squared(networks));
  // Weights whose part along the samples alone is right would be a quarter too small.
  assert.ok(Math.abs(off) < 4 * error && error < 0.04, `off by ${off} ± ${error}`);
});

for (const weights of ["redrawn", "fan-in"] as const) {
  Deno.test(`limitKernel: networks pruned by SNIP approach it as they widen, weights ${weights}`, () =>
    approachLimit(weights));
}

async function approachLimit(weights: "redrawn" | "fan-in"): Promise<void> {
  using device = await openDevice({ kind: "cpu" });
  const [x, scored] = uploads(device);
  using inputs = x;
  using batch = scored;
  const errors: number[] = [];
  for (const [width, trials] of [[48, 24], [384, 12]]) {
    using limit = await limitKernel("snip", { ...network, width }, inputs.inputs, {
      sparsity: SPARSITY,
      seed,
      batch,
      types: 300,
      weights,
      repetitions: 6,
    });
    const mean = new Float32Array(SAMPLES ** 2);
    for (let trial = 0; trial < trials; trial++) {
      const own = deriveSeed(seed, width, trial), widths = [784, width, width, 10];
      using finite = initialise(device, widths, "ntk", { weightVariance: 2, seed: own });
      await prune(finite, snip, { sparsity: SPARSITY, batch, seed: own });
      // He's variance is that of the network's own initialiser.
      redraw(finite, weights === "fan-in" ? "fan-in" : "he", { seed: deriveSeed(own, 1) });
      using kernel = await empiricalKernel(finite, inputs.inputs, { output: "trace" });
      (await device.read(kernel)).forEach((value, i) => mean[i] += value / trials);
    }
    errors.push(relativeError(mean, await device.read(limit)));
  }
  assert.ok(errors[1] < 0.12, `${errors}`);
  assert.ok(errors[1] < 0.7 * errors[0], `${errors}`);
}

Deno.test("limitKernel: says what it cannot take", async () => {
  using device = await openDevice({ kind: "cpu" });
  const [x, scored] = uploads(device);
  using inputs = x;
  scored[Symbol.dispose]();
  const options = { sparsity: SPARSITY, seed };
  await assert.rejects(
    () => limitKernel("snip", network, inputs.inputs, options),
    oneLine(InvalidArgumentError, "batch"),
  );
  await assert.rejects(
    () => limitKernel("random", network, inputs.inputs, { ...options, repetitions: 0 }),
    oneLine(InvalidArgumentError, "repetitions"),
  );
});
