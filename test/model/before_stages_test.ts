import assert from "node:assert/strict";
import { balancedBatch, generateDigits } from "@graphon-limit/data";
import { sortAndSmooth } from "@graphon-limit/graphon";
import {
  type Activation,
  adam,
  initialise,
  INITIALISERS,
  momentumSgd,
  sgd,
  uploadBatch,
} from "@graphon-limit/model";
import { empiricalKernel } from "@graphon-limit/ntk";
import { methodNamed, prune, SCOPES } from "@graphon-limit/pruners";
import { type Device, openDevice, seedFrom } from "@graphon-limit/runtime";
import { train } from "@graphon-limit/training";
import before from "../fixtures/before_stages.json" with { type: "json" };

// Digests of what the library computed on its CPU device while a network was a list of layers and knew how it ran itself, at
// commit b034d93. Networks of stages compute the same, byte for byte by the twins; the WebAssembly kernels the same masks.
// `limits` and the kernel `limit snip` belong to the rooms that compute them. The last bits of the outputs' histogram, of fewer
// neurons than cells, are those of sums of whole parts since.

const WIDTHS = [784, 40, 30, 10];
const METHODS = ["random", "magnitude", "snip", "grasp", "synflow"];
const DATA = generateDigits({ count: 300 });

/** Networks of each initialiser had an activation of their own. */
const ACTIVATION: Record<string, Activation> = { he: "relu", lecun: "relu", torch: "erf", ntk: "tanh" };

const RUNS = [
  { sparsity: 0.8, schedule: "exponential" },
  { sparsity: 0.9, schedule: "linear", rounds: 3 },
] as const;

/** The first 16 digits of SHA-256. */
async function digest(values: Float32Array | Float64Array | Uint32Array): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", values.slice()));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("").slice(0, 16);
}

function balanced(device: Device) {
  const { x, y } = balancedBatch(DATA, 3, 5);
  return uploadBatch(device, x, y);
}

async function maskDigests(device: Device): Promise<Record<string, string>> {
  const digests: Record<string, string> = {}, seed = seedFrom(11);
  for (const method of METHODS) {
    for (const initialiser of INITIALISERS) {
      for (const scope of SCOPES) {
        for (const run of RUNS) {
          using network = initialise(device, WIDTHS, initialiser, {
            seed,
            activation: ACTIVATION[initialiser],
          });
          using batch = balanced(device);
          await prune(network, methodNamed(method), { ...run, scope, batch, seed });
          const words: number[] = [];
          for (const { mask } of network.weights) words.push(...await device.readBits(mask!));
          digests[`${method} ${initialiser} ${scope} ${run.sparsity}`] = await digest(
            Uint32Array.from(words),
          );
        }
      }
    }
  }
  return digests;
}

for (const [execution, accelerate] of [["twins", false], ["accelerated", true]] as const) {
  Deno.test(`prune: masks are those of networks without stages, ${execution}`, async () => {
    using device = await openDevice({ kind: "cpu", accelerate });
    assert.deepEqual(await maskDigests(device), before[execution].masks);
  });
}

Deno.test("empiricalKernel, sortAndSmooth: kernels and histograms are those of networks without stages", async () => {
  using device = await openDevice({ kind: "cpu", accelerate: false });
  using network = initialise(device, WIDTHS, "he", { seed: seedFrom(3) });
  using batch = balanced(device);
  await prune(network, methodNamed("snip"), { sparsity: 0.7, batch, seed: seedFrom(3) });
  const { sum, trace, full, ...classes } = before.twins.kernels;
  const expected = { sum, trace, full, 3: classes["3"] }, kernels: Record<string, string> = {};
  for (const output of ["sum", "trace", 3, "full"] as const) {
    using kernel = await empiricalKernel(network, batch.inputs, { output });
    kernels[output] = await digest(await device.read(kernel));
  }
  assert.deepEqual(kernels, expected);
  const histograms: string[] = [];
  for (const { mask } of network.weights) {
    const { graphon } = await sortAndSmooth(mask!, 16);
    histograms.push(await digest(Float64Array.from(graphon.values)));
  }
  assert.deepEqual(histograms, before.twins.histograms);
});

Deno.test("train: losses are those of networks without stages", async () => {
  using device = await openDevice({ kind: "cpu", accelerate: false });
  const losses: Record<string, string> = {}, seed = seedFrom(4);
  for (const [optimiser, learningRate] of [[adam(), 0.003], [sgd(), 0.05], [momentumSgd(), 0.02]] as const) {
    using network = initialise(device, WIDTHS, "torch", { seed });
    await prune(network, methodNamed("random"), { sparsity: 0.5, seed });
    using data = uploadBatch(device, DATA.images, DATA.labels);
    const options = { steps: 15, batchSize: 32, optimiser, learningRate, seed: seedFrom(6) };
    const run = await train(network, data, options);
    losses[optimiser.name] = await digest(Float64Array.from(run.losses));
  }
  assert.deepEqual(losses, before.twins.losses);
});
