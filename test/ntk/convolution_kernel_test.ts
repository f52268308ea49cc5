import assert from "node:assert/strict";
import { cnn, initialise, type Network } from "@graphon-limit/model";
import { empiricalKernel } from "@graphon-limit/ntk";
import { prune, random } from "@graphon-limit/pruners";
import { type Device, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { relativeError } from "./support.ts";

const IMAGE = [48, 6, 6] as const, SAMPLES = 6, KEPT = 0.5, TRIALS = 6, CLASSES = 10;

/** The kernels of wide networks of two convolutions, under random masks of one density or none, each of other weights. */
async function kernels(device: Device, width: number, masked: boolean): Promise<Float32Array[]> {
  const random48 = new RandomSequence(3), found: Float32Array[] = [];
  using inputs = device.upload(
    Float32Array.from({ length: 48 * 36 * SAMPLES }, () => random48.normal()),
    48 * 36,
    SAMPLES,
  );
  for (let trial = 0; trial < TRIALS; trial++) {
    using network = wide(device, width, trial + (masked ? TRIALS : 0));
    if (masked) await prune(network, random, { sparsity: 1 - KEPT, scope: "layer", seed: seedFrom(trial) });
    using kernel = await empiricalKernel(network, inputs, { output: "trace" });
    // Two convolutions and a product: L + 1 = 3 weights on each path.
    found.push((await device.read(kernel)).map((value) => masked ? value / KEPT ** 3 : value));
  }
  return found;
}

function wide(device: Device, width: number, trial: number): Network {
  const definition = cnn({ image: IMAGE, channels: [width, width], kernel: 3, classes: CLASSES });
  return initialise(device, definition, "ntk", { seed: seedFrom(100 + trial), weightVariance: 2 });
}

/** The mean of some kernels, and how far it may be off by their spread, over its norm. */
function mean(kernels: readonly Float32Array[]): { readonly values: Float64Array; readonly error: number } {
  const values = Float64Array.from(kernels[0], (_, at) => {
    return kernels.reduce((sum, kernel) => sum + kernel[at], 0) / kernels.length;
  });
  const squares = kernels.reduce((sum, kernel) => sum + relativeError(kernel, values) ** 2, 0);
  return { values, error: Math.sqrt(squares / (kernels.length - 1) / kernels.length) };
}

Deno.test("a constant graphon c gives a convolutional network c^(L+1) times its dense kernel, as it grows wide", async () => {
  const device = await testDevice("cpu"), found: { width: number; difference: number; error: number }[] = [];
  for (const width of [16, 64, 256]) {
    const [dense, masked] = [
      mean(await kernels(device, width, false)),
      mean(await kernels(device, width, true)),
    ];
    const difference = relativeError(masked.values, dense.values);
    found.push({ width, difference, error: Math.hypot(dense.error, masked.error) });
  }
  const shown = found.map(({ width, difference, error }) =>
    `width ${width}: ${difference.toFixed(4)}, by spread ${error.toFixed(4)}`
  ).join("; ");
  // What finite widths leave is their spread, and it falls.
  for (const { difference, error } of found) assert.ok(difference < 3 * error, shown);
  assert.ok(found[2].error < found[0].error / 2 && found[2].difference < found[0].difference, shown);
});
