import assert from "node:assert/strict";
import { frobeniusDistance, GraphonTrials, sortAndSmooth } from "@graphon-limit/graphon";
import {
  limitGraphon,
  type LimitLayer,
  type LimitMethod,
  raoBlackwell,
  type RaoBlackwellOptions,
} from "@graphon-limit/limit";
import { type Activation, initialise, type Initialiser, Mlp } from "@graphon-limit/model";
import { prune, PRUNERS } from "@graphon-limit/pruners";
import { type Device, InvalidArgumentError, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { normalBatch } from "./support.ts";

const FEATURES = 16, CLASSES = 4, SAMPLES = 12, GRID = 8;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });
}

const shape = (width: number, hidden = 2) => [FEATURES, ...new Array<number>(hidden).fill(width), CLASSES];

function batchOn(device: Device) {
  return normalBatch(device, { features: FEATURES, samples: SAMPLES, classes: CLASSES });
}

/** The mean Rao–Blackwellised graphon of each layer over some networks. */
async function averageOf(
  device: Device,
  method: LimitMethod,
  { width, networks, initialiser = "he", activation = "relu", ...options }:
    & { width: number; networks: number; initialiser?: Initialiser; activation?: Activation }
    & RaoBlackwellOptions,
): Promise<GraphonTrials[]> {
  const trials = shape(width).slice(1).map(() => new GraphonTrials(GRID));
  for (let network = 0; network < networks; network++) {
    using mlp = initialise(device, shape(width), initialiser, { seed: seedFrom(network), activation });
    const law = initialiser === "torch" ? "uniform" : "normal";
    const layers = await raoBlackwell(mlp, method, { ...options, law, grid: GRID });
    layers.forEach(({ graphon }, layer) => trials[layer].add(graphon));
  }
  return trials;
}

/** How far the limit is from the networks' own types, in root mean square over cells, layer by layer. */
async function gaps(
  method: LimitMethod,
  settings: { initialiser?: Initialiser; activation?: Activation },
): Promise<number[]> {
  const device = await testDevice("cpu"), width = 300, rounds = method === "synflow" ? 20 : 1;
  using batch = batchOn(device);
  const options = { sparsity: 0.8, batch, rounds };
  const network = { inputs: FEATURES, hidden: 2, classes: CLASSES, width, ...settings };
  const limit = await limitGraphon(device, method, network, {
    ...options,
    types: 300,
    outputDraws: 12,
    grid: GRID,
    seed: seedFrom(1),
  });
  const trials = await averageOf(device, method, { width, networks: 12, ...options, ...settings });
  return limit.map(({ graphon }, layer) => frobeniusDistance(graphon, trials[layer].mean) / GRID);
}

const CASES: [LimitMethod, { initialiser?: Initialiser; activation?: Activation }][] = [
  ["snip", {}],
  ["snip", { activation: "tanh", initialiser: "torch" }],
  ["grasp", {}],
  ["grasp", { activation: "erf", initialiser: "lecun" }],
  ["grasp", { activation: "tanh" }],
  ["grasp", { activation: "linear" }],
  ["grasp", { initialiser: "ntk" }],
  ["synflow", {}],
  ["synflow", { initialiser: "torch" }],
];
for (const [method, settings] of CASES) {
  test(`limitGraphon: sampled types of ${method} are as those of networks, ${JSON.stringify(settings)}`, async () => {
    const found = await gaps(method, settings);
    // SynFlow's population keeps the few weights to the inputs and outputs one by one; the closed form averages them too.
    for (const layer of method === "synflow" ? [1] : [0, 1, 2]) {
      assert.ok(found[layer] < 0.04, `layer ${layer}: ${found[layer]}`);
    }
  });
}

for (const method of ["snip", "grasp", "synflow"] as const) {
  test(`raoBlackwell: ${method}'s average agrees with that of the masks, and is less noisy`, async () => {
    const device = await testDevice("cpu"), width = 128, networks = 8;
    using batch = batchOn(device);
    const options = { sparsity: 0.8, batch, rounds: method === "synflow" ? 10 : 1 };
    const smooth = (await averageOf(device, method, { width, networks, ...options }))[1];
    const masks = new GraphonTrials(GRID);
    for (let network = 0; network < networks; network++) {
      using mlp = initialise(device, shape(width), "he", { seed: seedFrom(network) });
      await prune(mlp, PRUNERS[method], { ...options, seed: seedFrom(network) });
      masks.add((await sortAndSmooth(mlp.masks[1]!, GRID)).graphon);
    }
    assert.ok(Math.abs(smooth.mean.density - masks.mean.density) < 0.02);
    assert.ok(frobeniusDistance(smooth.mean, masks.mean) / GRID < 0.05);
    assert.ok(smooth.squaredError! < masks.squaredError!, `${smooth.squaredError} < ${masks.squaredError}`);
  });

  test(`raoBlackwell: ${method}'s graphon does not depend on the order of the neurons`, async () => {
    const device = await testDevice("cpu"), width = 40;
    using batch = batchOn(device);
    using mlp = initialise(device, shape(width), "he", { seed: seedFrom(3) });
    using shuffled = await shuffleHidden(device, mlp);
    const options = { sparsity: 0.7, batch, grid: GRID, rounds: method === "synflow" ? 5 : 1 };
    const before = await raoBlackwell(mlp, method, options),
      after = await raoBlackwell(shuffled, method, options);
    before.forEach(({ graphon, density }: LimitLayer, layer: number) => {
      assert.ok(Math.abs(density - after[layer].density) < 1e-3);
      assert.ok(frobeniusDistance(graphon, after[layer].graphon) / GRID < 5e-3);
    });
    assert.ok(mlp.masks.every((mask) => mask === undefined));
  });
}

/** The same network with the first hidden layer's neurons in another order. */
async function shuffleHidden(device: Device, mlp: Mlp): Promise<Mlp> {
  const [first, second, third] = await Promise.all(mlp.weights.map((matrix) => device.read(matrix)));
  const [d, n] = mlp.widths,
    order = new RandomSequence(9).shuffle(Uint32Array.from({ length: n }, (_, i) => i));
  const rows = new Float32Array(n * d), columns = new Float32Array(n * n);
  order.forEach((from, to) => {
    rows.set(first.subarray(from * d, (from + 1) * d), to * d);
    for (let i = 0; i < n; i++) columns[i * n + to] = second[i * n + from];
  });
  const weights = [device.upload(rows, n, d), device.upload(columns, n, n), device.upload(third, CLASSES, n)];
  return Mlp.fromWeights(device, weights);
}

test("raoBlackwell: magnitude's and random's are the limit at the network's width", async () => {
  const device = await testDevice("cpu");
  using mlp = initialise(device, shape(200), "he", { seed: seedFrom(4) });
  const network = { inputs: FEATURES, hidden: 2, classes: CLASSES, width: 200 };
  for (const method of ["random", "magnitude"] as const) {
    const options = { sparsity: 0.8, grid: GRID };
    const own = await raoBlackwell(mlp, method, options);
    const limit = await limitGraphon(device, method, network, { ...options, seed: seedFrom(0) });
    // The weights' deviation is measured on the weights: on 800 of them in the last layer.
    own.forEach(({ density }, layer) => assert.ok(Math.abs(density - limit[layer].density) < 0.02));
  }
});

test("raoBlackwell: refuses a network with masks, a method it does not know, and no batch", async () => {
  const device = await testDevice("cpu");
  using mlp = initialise(device, shape(20), "he", { seed: seedFrom(4) });
  const refused = (method: string) =>
    assert.rejects(raoBlackwell(mlp, method as LimitMethod, { sparsity: 0.5 }), InvalidArgumentError);
  await refused("lamp");
  await refused("grasp");
  await prune(mlp, PRUNERS.random, { sparsity: 0.5, seed: seedFrom(1) });
  await refused("random");
});
