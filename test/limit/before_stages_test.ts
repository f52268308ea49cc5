import assert from "node:assert/strict";
import { balancedBatch, generateDigits } from "@graphon-limit/data";
import { limitGraphon, type LimitLayer, limitNetwork, raoBlackwell } from "@graphon-limit/limit";
import { type Activation, initialise, type Initialiser, uploadBatch } from "@graphon-limit/model";
import { limitKernel } from "@graphon-limit/ntk";
import { SCOPES } from "@graphon-limit/pruners";
import { type Device, openDevice, seedFrom } from "@graphon-limit/runtime";
import before from "../fixtures/limits_before_stages.json" with { type: "json" };

// Digests of what the limits were while one file knew all methods by name and a network was a list of layers, at commit b034d93.
// Limits that register themselves are the same in the order that there was then, byte for byte by the twins; but for SynFlow's at a
// width, whose sums fluctuated then, as those of the order "finite" do now.

const METHODS = ["random", "magnitude", "snip", "grasp", "synflow"];
const LAWS: readonly { initialiser: Initialiser; activation: Activation; weightVariance?: number }[] = [
  { initialiser: "he", activation: "relu" },
  { initialiser: "lecun", activation: "erf" },
  { initialiser: "torch", activation: "tanh" },
  { initialiser: "ntk", activation: "linear", weightVariance: 1.7 },
];
const WIDTHS = [784, 40, 30, 10];
const DATA = generateDigits({ count: 300 });

/** SynFlow's hundred rounds take long. */
function roundsOf(method: string): { rounds?: number } {
  return method === "synflow" ? { rounds: 5 } : {};
}

/** The first 16 digits of SHA-256. */
async function digest(values: ArrayLike<number>): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", Float64Array.from(values)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 16);
}

/** All that is said of layers but how many neurons are dead, which was wrong then. */
function numbersOf(layers: readonly LimitLayer[]): number[] {
  return layers.flatMap(({ graphon, secondMoment, ...layer }) => [
    ...graphon.values,
    ...secondMoment.values,
    layer.density,
    ...layer.outputDegrees,
    ...layer.inputDegrees,
    ...(layer.standardError ?? [-7]),
  ]);
}

function balanced(device: Device) {
  const { x, y } = balancedBatch(DATA, 3, 5);
  return uploadBatch(device, x, y);
}

/** Opens a device of plain twins, and names each result by what it is of. */
async function digestsOf(
  compute: (
    device: Device,
    method: string,
    add: (name: string, values: ArrayLike<number>) => Promise<void>,
  ) => Promise<void>,
): Promise<Record<string, string>> {
  using device = await openDevice({ kind: "cpu", accelerate: false });
  const digests: Record<string, string> = {};
  for (const method of METHODS) {
    await compute(device, method, async (name, values) => {
      digests[name] = await digest(values);
    });
  }
  return digests;
}

Deno.test("limitGraphon: limits are those of before the registry", async () => {
  const graphons = await digestsOf(async (device, method, add) => {
    using batch = balanced(device);
    for (const law of LAWS) {
      for (const scope of SCOPES) {
        for (const width of [64, Infinity]) {
          const layers = await limitGraphon(
            device,
            method,
            { inputs: 784, hidden: 2, classes: 10, width, ...law },
            {
              ...{
                sparsity: 0.8,
                scope,
                seed: seedFrom(2),
                types: 60,
                grid: 8,
                outputDraws: 2,
                batch,
                order: "strict",
              },
              ...roundsOf(method),
            },
          );
          await add(`${method} ${law.initialiser} ${scope} ${width}`, numbersOf(layers));
        }
      }
    }
  });
  assert.deepEqual(graphons, before.graphons);
  const limits = await digestsOf(async (device, method, add) => {
    using batch = balanced(device);
    for (const width of [64, Infinity]) {
      const layers = await limitGraphon(device, method, { inputs: 784, hidden: 2, classes: 10, width }, {
        ...{ sparsity: 0.8, seed: seedFrom(2), types: 60, grid: 8, outputDraws: 2, batch, order: "strict" },
        ...roundsOf(method),
      });
      const values = layers.flatMap(({ graphon, secondMoment }) => [
        ...graphon.values,
        ...secondMoment.values,
      ]);
      await add(`${method} ${width}`, values);
    }
  });
  assert.deepEqual(limits, before.limits);
});

Deno.test("limitNetwork, limitKernel: limits are those of before the registry", async () => {
  const network = { inputs: 784, hidden: 3, classes: 10, width: 48 };
  const networks = await digestsOf(async (device, method, add) => {
    using batch = balanced(device);
    const { graphons, secondMoments } = await limitNetwork(device, method, network, {
      ...{ sparsity: 0.9, seed: seedFrom(3), types: 50, batch, schedule: "linear", order: "strict" },
      ...roundsOf(method),
    });
    await add(
      method,
      [...graphons, ...secondMoments].flatMap(({ rows, cols, values }) => [rows, cols, ...values]),
    );
  });
  assert.deepEqual(networks, before.networks);
  const kernels = await digestsOf(async (device, method, add) => {
    using batch = balanced(device);
    for (const weights of ["kept", "redrawn", "fan-in"] as const) {
      using kernel = await limitKernel(method, network, batch.inputs, {
        ...{ sparsity: 0.8, seed: seedFrom(2), types: 40, batch, weights, repetitions: 2, order: "strict" },
        ...roundsOf(method),
      });
      await add(`${method} ${weights}`, await device.read(kernel));
    }
  });
  assert.deepEqual(kernels, before.kernels);
});

Deno.test("raoBlackwell: a network's graphons are those of before the registry", async () => {
  const found = await digestsOf(async (device, method, add) => {
    using batch = balanced(device);
    for (const { initialiser, ...law } of LAWS) {
      for (const scope of SCOPES) {
        using network = initialise(device, WIDTHS, initialiser, { seed: seedFrom(11), ...law });
        const layers = await raoBlackwell(network, method, {
          ...{ sparsity: 0.8, scope, grid: 8, batch },
          law: initialiser === "torch" ? "uniform" : "normal",
          schedule: scope === "layer" ? "linear" : "exponential",
          ...roundsOf(method),
        });
        await add(`${method} ${initialiser} ${scope}`, numbersOf(layers));
      }
    }
  });
  assert.deepEqual(found, before.raoBlackwell);
});
