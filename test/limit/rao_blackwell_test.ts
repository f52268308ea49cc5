import assert from "node:assert/strict";
import { frobeniusDistance, GraphonTrials, sortAndSmooth } from "@graphon-limit/graphon";
import { limitGraphon, type LimitLayer, raoBlackwell, type RaoBlackwellOptions } from "@graphon-limit/limit";
import {
  type Activation,
  type BiasInitialiser,
  initialise,
  type Initialiser,
  mlp,
  type Network,
} from "@graphon-limit/model";
import { methodNamed, prune, random } from "@graphon-limit/pruners";
import { type Device, InvalidArgumentError, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { normalBatch, twoSidedTail } from "./support.ts";

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
  method: string,
  { width, networks, initialiser = "he", activation = "relu", bias = "none", ...options }:
    & {
      width: number;
      networks: number;
      initialiser?: Initialiser;
      activation?: Activation;
      bias?: BiasInitialiser;
    }
    & RaoBlackwellOptions,
): Promise<GraphonTrials[]> {
  const trials = shape(width).slice(1).map(() => new GraphonTrials(GRID));
  for (let index = 0; index < networks; index++) {
    using network = initialise(device, shape(width), initialiser, {
      seed: seedFrom(index),
      activation,
      bias,
    });
    const law = initialiser === "torch" ? "uniform" : "normal";
    const layers = await raoBlackwell(network, method, { ...options, law, grid: GRID });
    layers.forEach(({ graphon }, layer) => trials[layer].add(graphon));
  }
  return trials;
}

/** How far the limit is from the networks' own types, in root mean square over cells, layer by layer. */
async function gaps(
  method: string,
  settings: { initialiser?: Initialiser; activation?: Activation },
): Promise<number[]> {
  const device = await testDevice("cpu"), width = 300, rounds = method === "synflow" ? 20 : 1;
  using batch = batchOn(device);
  const options = { sparsity: 0.8, batch, rounds };
  const network = { inputs: FEATURES, hidden: 2, classes: CLASSES, width, ...settings };
  const limit = await limitGraphon(device, method, network, {
    ...options,
    // The closed form on a network's own types takes the weights as independent of these.
    order: "strict",
    types: 300,
    outputDraws: 12,
    grid: GRID,
    seed: seedFrom(1),
  });
  const trials = await averageOf(device, method, { width, networks: 12, ...options, ...settings });
  return limit.map(({ graphon }, layer) => frobeniusDistance(graphon, trials[layer].mean) / GRID);
}

const CASES: [string, { initialiser?: Initialiser; activation?: Activation }][] = [
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
  for (const bias of ["none", "torch"] as const) {
    test(`raoBlackwell: ${method}'s average agrees with that of the masks, and is less noisy, biases ${bias}`, async () => {
      const device = await testDevice("cpu"), width = 128, networks = 8;
      using batch = batchOn(device);
      const options = { sparsity: 0.8, batch, rounds: method === "synflow" ? 10 : 1 };
      const smooth = (await averageOf(device, method, { width, networks, bias, ...options }))[1];
      const masks = new GraphonTrials(GRID);
      for (let index = 0; index < networks; index++) {
        using network = initialise(device, shape(width), "he", { seed: seedFrom(index), bias });
        await prune(network, methodNamed(method), { ...options, seed: seedFrom(index) });
        masks.add((await sortAndSmooth(network.weights[1].mask!, GRID)).graphon);
      }
      assert.ok(Math.abs(smooth.mean.density - masks.mean.density) < 0.02);
      assert.ok(frobeniusDistance(smooth.mean, masks.mean) / GRID < 0.05);
      assert.ok(smooth.squaredError! < masks.squaredError!, `${smooth.squaredError} < ${masks.squaredError}`);
    });
  }

  test(`raoBlackwell: ${method}'s graphon does not depend on the order of the neurons`, async () => {
    const device = await testDevice("cpu"), width = 40;
    using batch = batchOn(device);
    using network = initialise(device, shape(width), "he", { seed: seedFrom(3) });
    using shuffled = await shuffleHidden(network);
    const options = { sparsity: 0.7, batch, grid: GRID, rounds: method === "synflow" ? 5 : 1 };
    const before = await raoBlackwell(network, method, options),
      after = await raoBlackwell(shuffled, method, options);
    before.forEach(({ graphon, density }: LimitLayer, layer: number) => {
      assert.ok(Math.abs(density - after[layer].density) < 1e-3);
      assert.ok(frobeniusDistance(graphon, after[layer].graphon) / GRID < 5e-3);
    });
    assert.ok(network.weights.every(({ mask }) => mask === undefined));
  });
}

/** The same network with the first hidden layer's neurons in another order. */
async function shuffleHidden({ device, weights }: Network): Promise<Network> {
  const [first, second, third] = await Promise.all(weights.map(({ matrix }) => device.read(matrix)));
  const { rows: n, cols: d } = weights[0],
    order = new RandomSequence(9).shuffle(Uint32Array.from({ length: n }, (_, i) => i));
  const rows = new Float32Array(n * d), columns = new Float32Array(n * n);
  order.forEach((from, to) => {
    rows.set(first.subarray(from * d, (from + 1) * d), to * d);
    for (let i = 0; i < n; i++) columns[i * n + to] = second[i * n + from];
  });
  const matrices = [
    device.upload(rows, n, d),
    device.upload(columns, n, n),
    device.upload(third, CLASSES, n),
  ];
  return mlp(device, matrices.map((weight) => ({ weight })));
}

test("raoBlackwell: magnitude's and random's are the limit at the network's width", async () => {
  const device = await testDevice("cpu");
  using network = initialise(device, shape(200), "he", { seed: seedFrom(4) });
  const law = { inputs: FEATURES, hidden: 2, classes: CLASSES, width: 200 };
  for (const method of ["random", "magnitude"] as const) {
    const options = { sparsity: 0.8, grid: GRID };
    const own = await raoBlackwell(network, method, options);
    const limit = await limitGraphon(device, method, law, { ...options, seed: seedFrom(0) });
    // The weights' deviation is measured on the weights: on 800 of them in the last layer.
    own.forEach(({ density }, layer) => assert.ok(Math.abs(density - limit[layer].density) < 0.02));
  }
});

test("raoBlackwell: refuses a network with masks, a method it does not know, no batch, and what no limit has", async () => {
  const device = await testDevice("cpu");
  using network = initialise(device, shape(20), "he", { seed: seedFrom(4) });
  using batch = batchOn(device);
  const refused = (method: string, options: Partial<RaoBlackwellOptions> = {}) =>
    assert.rejects(raoBlackwell(network, method, { sparsity: 0.5, ...options }), InvalidArgumentError);
  await refused("lamp");
  await refused("grasp");
  await refused("snip", { batch, rounds: 2 });
  await refused("random", { sparsity: 1 });
  await refused("magnitude", { grid: 0 });
  await refused("erk", { scope: "layer" });
  await prune(network, random, { sparsity: 0.5, seed: seedFrom(1) });
  await refused("random");
});

test("raoBlackwell: weights that are made when they are read give what kept ones do", async () => {
  const device = await testDevice("cpu");
  using batch = batchOn(device);
  for (const method of ["magnitude", "snip", "grasp", "synflow"]) {
    const [kept, made] = await Promise.all((["kept", "regenerated"] as const).map(async (weights) => {
      using network = initialise(device, shape(20), "he", { seed: seedFrom(4), weights });
      const rounds = method === "synflow" ? 4 : 1;
      return await raoBlackwell(network, method, { sparsity: 0.7, batch, grid: GRID, rounds });
    }));
    assert.deepEqual(made, kept, method);
  }
});

test("raoBlackwell: SynFlow's trajectories have the biases that its scores have", async () => {
  // One neuron and one round: its r is the sum of |w| into it and |b|, its c that of |w| out of it.
  const device = await testDevice("cpu");
  const layers = (bias: number) => [
    { weight: device.upload(Float32Array.of(1, -2), 1, 2), bias: device.upload(Float32Array.of(bias), 1, 1) },
    { weight: device.upload(Float32Array.of(3, 1, 1, 1), 4, 1) },
  ];
  // The first layer's scores are 6 and 12, the last one's 9 and thrice 3 without the bias, 189 and thrice 63 with it: the third
  // lowest is 3 or 63, which is 1/2 or 21/2 to a weight of variance 5/2 in the first layer and 1 to one of variance 3 in the last.
  for (const [bias, thresholds] of [[0, [1 / 2, 1]], [-60, [21 / 2, 1]]] as const) {
    using network = mlp(device, layers(bias));
    const found = await raoBlackwell(network, "synflow", { sparsity: 0.5, rounds: 1, grid: 1 });
    found.forEach(({ density }, layer) => {
      const expected = twoSidedTail(thresholds[layer] / Math.sqrt([5 / 2, 3][layer]));
      assert.ok(Math.abs(density - expected) < 1e-4, `layer ${layer}: ${density}, ${expected}`);
    });
  }
});
