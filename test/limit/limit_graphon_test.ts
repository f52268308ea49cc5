import assert from "node:assert/strict";
import {
  limitGraphon,
  type LimitLayer,
  type LimitNetwork,
  limitNetwork,
  type LimitOptions,
} from "@graphon-limit/limit";
import { type Device, InvalidArgumentError, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { normalBatch, rankOneDegrees } from "./support.ts";

const NETWORK: LimitNetwork = { inputs: 12, hidden: 3, classes: 4, width: 300 };
const seed = seedFrom(11);

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

function weightCounts({ inputs, hidden, classes, width }: LimitNetwork): number[] {
  const widths = [inputs, ...new Array<number>(hidden).fill(width), classes];
  return widths.slice(1).map((outputs, layer) => outputs * widths[layer]);
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual}, expected ${expected} ± ${tolerance}`,
  );
}

/** The limit for a few normal samples, coarse and quick. */
async function quickLimit(
  device: Device,
  method: string,
  network: LimitNetwork,
  rest: { sparsity: number; types?: number; outputDraws?: number; rounds?: number; grid?: number },
): Promise<LimitLayer[]> {
  const { inputs: features, classes } = network;
  using batch = normalBatch(device, { features, samples: 8, classes });
  return await limitGraphon(device, method, network, {
    types: 200,
    outputDraws: 2,
    grid: 8,
    batch,
    seed,
    ...rest,
  });
}

test("limitGraphon: random pruning's limit is the kept fraction everywhere, and exact", async () => {
  for (
    const { graphon, secondMoment, standardError } of await quickLimit(
      await testDevice("cpu"),
      "random",
      NETWORK,
      { sparsity: 0.7 },
    )
  ) {
    for (const value of [...graphon.values, ...secondMoment.values]) near(value, 0.3, 1e-12, "cell");
    assert.ok(standardError!.every((error) => error === 0));
  }
});

test("limitGraphon: magnitude pruning at n = ∞ keeps the inputs' layer whole and has the second moment of a cut normal law", async () => {
  const device = await testDevice("cpu");
  const layers = await quickLimit(device, "magnitude", { ...NETWORK, width: Infinity }, { sparsity: 0.8 });
  near(layers[0].density, 1, 1e-12, "first");
  for (const layer of layers.slice(1)) {
    near(layer.density, 0.2, 1e-7, "density");
    // V/p = 1 + q φ(q)/Φ̄(q), q = Φ̄⁻¹(p/2) = 1.2815516.
    near(layer.secondMoment.density / layer.density, 1 + 1.2815516 * 0.1754983 / 0.1, 1e-5, "V/p");
  }
  const ntk = await quickLimit(device, "magnitude", { ...NETWORK, initialiser: "ntk" }, { sparsity: 0.8 });
  for (const { density } of ntk) near(density, 0.2, 1e-7, "ntk");
});

for (const order of ["strict", "finite"] as const) {
  test(`limitGraphon, ${order}: of scores that are the threshold as many stay as are asked for, or none`, async () => {
    const device = await testDevice("cpu"),
      network = { ...NETWORK, width: 60 },
      counts = weightCounts(network);
    using batch = normalBatch(device, { features: 12, samples: 3, classes: 4 });
    const kept = async (method: string, sparsity: number, ties: "hash" | "drop") => {
      const options = { sparsity, order, ties, batch, types: 60, outputDraws: 2, grid: 8, seed };
      const layers = await limitGraphon(device, method, network, options);
      const total = counts.reduce((sum, count) => sum + count);
      return layers.reduce((sum, { density }, layer) => sum + density * counts[layer], 0) / total;
    };
    // Of three samples many neurons see none: their scores are 0, GraSP's median and SNIP's least.
    for (const [method, sparsity] of [["grasp", 0.5], ["snip", 0.03]] as const) {
      near(await kept(method, sparsity, "hash"), 1 - sparsity, 1e-4, `${method}, hash`);
      assert.ok(await kept(method, sparsity, "drop") < 0.98 * (1 - sparsity), `${method}, drop`);
    }
    await assert.rejects(kept("grasp", 0.5, "none" as "drop"), InvalidArgumentError);
  });
}

for (const method of ["magnitude", "snip", "grasp", "synflow"] as const) {
  test(`limitGraphon: ${method} keeps as many weights as asked for, over all layers`, async () => {
    const device = await testDevice("cpu"), counts = weightCounts(NETWORK);
    const total = counts.reduce((sum, count) => sum + count, 0);
    for (
      const sparsity of { magnitude: [0.5], snip: [0.5, 0.8], grasp: [0.3, 0.5, 0.8], synflow: [0.8] }[method]
    ) {
      const layers = await quickLimit(device, method, NETWORK, {
        sparsity,
        rounds: method === "synflow" ? 10 : 1,
      });
      const kept = layers.reduce((sum, { density }, layer) => sum + density * counts[layer], 0) / total;
      near(kept, 1 - sparsity, method === "synflow" ? 5e-3 : 1e-4, `kept at ${sparsity}`);
      for (const { density, graphon } of layers) {
        near(density, graphon.density, 1e-5, "the graphon's integral");
      }
    }
  });

  test(`limitGraphon: ${method} keeps everything at sparsity 0`, async () => {
    const rounds = method === "synflow" ? 2 : 1;
    for (
      const { density } of await quickLimit(await testDevice("cpu"), method, NETWORK, { sparsity: 0, rounds })
    ) {
      near(density, 1, 1e-3, "density");
    }
  });
}

for (const kind of ["webgpu", "cpu"] as const) {
  test(`limitGraphon: SNIP with one sample and a linear network is the rank-one integral, on ${kind}`, async () => {
    const device = await testDevice(kind);
    using batch = normalBatch(device, { features: 6, samples: 1, classes: 3 });
    const network = { inputs: 6, hidden: 2, classes: 3, width: Infinity, activation: "linear" } as const;
    const options = { sparsity: 0.8, batch, types: 1000, outputDraws: 6, grid: 8, seed };
    const [first, middle, last] = await limitGraphon(device, "snip", network, options);
    near(first.density, 1, 1e-6, "the inputs' layer, whose scores are of a larger order");
    near(last.density, 1, 1e-6, "the outputs' layer");
    agreesWithRankOne(middle, 0.2);
  });

  test(`limitGraphon: one round of SynFlow with one input and one output is the same integral, on ${kind}`, async () => {
    const network = { inputs: 1, hidden: 2, classes: 1, width: Infinity };
    const options = { sparsity: 0.8, rounds: 1, types: 1000, outputDraws: 6, grid: 8, seed };
    const [, middle] = await limitGraphon(await testDevice(kind), "synflow", network, options);
    agreesWithRankOne(middle, 0.2);
  });
}

function agreesWithRankOne(layer: LimitLayer, kept: number): void {
  near(layer.density, kept, 1e-3, "density");
  const positions = 200, exact = rankOneDegrees(kept, positions), grid = layer.outputDegrees.length;
  for (let cell = 0; cell < grid; cell++) {
    const own = exact.slice(cell * positions / grid, (cell + 1) * positions / grid);
    const expected = own.reduce((sum, degree) => sum + degree, 0) / own.length;
    near(layer.outputDegrees[cell], expected, 0.02, `output degree ${cell}`);
    near(layer.inputDegrees[cell], expected, 0.02, `input degree ${cell}`);
  }
}

for (const method of ["snip", "grasp", "synflow"] as const) {
  test(`limitGraphon: ${method} gives the same on both devices, sorted, with an error for each cell`, async () => {
    const options = { sparsity: 0.7, types: 100, rounds: method === "synflow" ? 5 : 1 };
    const gpu = await quickLimit(await testDevice("webgpu"), method, NETWORK, options);
    const cpu = await quickLimit(await testDevice("cpu"), method, NETWORK, options);
    gpu.forEach(({ graphon, secondMoment, standardError, outputDegrees, inputDegrees }, layer) => {
      graphon.values.forEach((value, cell) =>
        near(value, cpu[layer].graphon.values[cell], 2e-3, `cell ${cell}`)
      );
      secondMoment.values.forEach((value, cell) =>
        near(value, cpu[layer].secondMoment.values[cell], 5e-3, `second moment ${cell}`)
      );
      for (const degrees of [outputDegrees, inputDegrees]) {
        degrees.forEach((degree, at) => assert.ok(at === 0 || degree <= degrees[at - 1] + 1e-6, "sorted"));
      }
      assert.equal(standardError!.length, graphon.values.length);
      assert.ok(standardError!.every((error) => error >= 0 && error < 1));
    });
    const [single] = await quickLimit(await testDevice("cpu"), method, NETWORK, {
      ...options,
      outputDraws: 1,
    });
    assert.equal(single.standardError, undefined);
  });
}

test("limitGraphon: the scope of a layer gives every layer the same density", async () => {
  const device = await testDevice("cpu");
  using batch = normalBatch(device, { features: 12, samples: 8, classes: 4 });
  for (const method of ["magnitude", "snip", "grasp", "synflow"] as const) {
    const rounds = method === "synflow" ? 3 : 1, scope = "layer";
    const options = {
      sparsity: 0.7,
      scope,
      batch,
      types: 200,
      outputDraws: 1,
      grid: 4,
      rounds,
      seed,
    } as const;
    for (const { density } of await limitGraphon(device, method, NETWORK, options)) {
      // Of a population's 200 × 4 weights to the outputs, not every fraction can be kept.
      near(density, 0.3, method === "synflow" ? 5e-3 : 1e-4, `${method} density`);
    }
  }
});

test("limitGraphon: refuses what it has no limit for", async () => {
  const device = await testDevice("cpu");
  using batch = normalBatch(device, { features: 12, samples: 8, classes: 4 });
  const options = { sparsity: 0.8, batch, seed };
  const refused = (method: string, network: object, changes: object) =>
    assert.rejects(
      limitGraphon(device, method, { ...NETWORK, ...network }, { ...options, ...changes }),
      InvalidArgumentError,
    );
  await refused("lamp", {}, {});
  await refused("snip", {}, { batch: undefined });
  await refused("snip", {}, { rounds: 2 });
  await refused("grasp", { inputs: 13 }, {});
  await refused("synflow", { hidden: 0 }, {});
  await refused("synflow", { width: 2.5 }, {});
  await refused("random", {}, { sparsity: 1 });
  await refused("random", {}, { grid: 0 });
  await refused("random", {}, { cells: "weights" });
  await refused("random", { initialiser: "other" }, {});
  await refused("random", { activation: "other" }, {});
  await refused("uniform", {}, { scope: "layer" });
});

test("limitGraphon, limitNetwork: an option that is undefined is one that is left out", async () => {
  const device = await testDevice("cpu");
  using batch = normalBatch(device, { features: 12, samples: 8, classes: 4 });
  const nothing = { scope: undefined, rounds: undefined, schedule: undefined, outputs: undefined };
  const options: LimitOptions = { sparsity: 0.8, batch, seed };
  const undefinedLaws = { activation: undefined, initialiser: undefined, weightVariance: undefined };
  const small = { types: 50, grid: 4, outputDraws: 1 };
  const [given, left] = [
    await limitGraphon(device, "snip", { ...NETWORK, ...undefinedLaws }, {
      ...{ ...options, ...nothing, ...small },
    }),
    await limitGraphon(device, "snip", NETWORK, { ...options, ...small }),
  ];
  assert.deepEqual(given, left);
  const draws = await limitGraphon(device, "snip", NETWORK, {
    ...{ ...options, types: 50, grid: undefined, outputDraws: undefined },
  });
  assert.deepEqual([draws[1].graphon.rows, draws[1].standardError?.length], [64, 64 ** 2]);
  const { graphons } = await limitNetwork(device, "snip", NETWORK, { ...options, types: undefined });
  assert.deepEqual(graphons.map(({ rows, cols }) => [rows, cols]), [[300, 12], [300, 300], [300, 300], [
    4,
    300,
  ]]);
});
