import assert from "node:assert/strict";
import { kernelPredictionFigure } from "../../packages/study/prediction/kernel_prediction_figure.ts";
import { predictTraining } from "../../packages/study/prediction/kernel_prediction.ts";
import { renderSvg } from "../../packages/figures/render.ts";
import { initialise, type Network, type Parametrization, uploadBatch } from "@graphon-limit/model";
import {
  type Device,
  InvalidArgumentError,
  packBits,
  RandomSequence,
  seedFrom,
} from "@graphon-limit/runtime";
import { onBothDevices } from "../runtime/support.ts";
import { testDevice } from "../ops/harness.ts";

const SAMPLES = 12, FEATURES = 10, CLASSES = 3;

/** Normal points with labels in turn. */
function samples(device: Device) {
  const random = new RandomSequence(2);
  const x = Float32Array.from({ length: SAMPLES * FEATURES }, () => random.normal());
  return uploadBatch(device, x, Array.from({ length: SAMPLES }, (_, i) => i % CLASSES));
}

/** A network of two hidden layers of which half the weights are pruned at random. */
function pruned(device: Device, width: number, parametrization: Parametrization): Network {
  const init = parametrization === "ntk" ? "ntk" : "lecun";
  const network = initialise(device, [FEATURES, width, width, CLASSES], init, {
    seed: seedFrom(7),
    activation: "erf",
  });
  const random = new RandomSequence(3);
  for (const weight of network.weights) {
    const { rows, cols } = weight;
    const mask = Uint8Array.from({ length: rows * cols }, () => random.integer(2));
    weight.setMask(device.uploadBits(packBits(mask, rows, cols), rows, cols));
  }
  return network;
}

/** The largest difference between the curves, as a share of the loss at the start. */
async function disagreement(device: Device, width: number, parametrization: Parametrization) {
  using network = pruned(device, width, parametrization);
  using batch = samples(device);
  const { losses, predicted } = await predictTraining(network, batch, { steps: 60 });
  assert.equal(predicted.length, 60);
  assert.ok(losses[59] < losses[0] / 2, `the loss fell from ${losses[0]} to ${losses[59]} only`);
  return Math.max(...losses.map((loss, step) => Math.abs(loss - predicted[step]))) / losses[0];
}

for (const parametrization of ["ntk", "standard"] as const) {
  onBothDevices(
    `kernel prediction: within 2 % at width 512, closer than at 32, ${parametrization} parametrization,`,
    async (device) => {
      const narrow = await disagreement(device, 32, parametrization);
      const wide = await disagreement(device, 512, parametrization);
      assert.ok(wide < 0.02, `width 512: ${wide}`);
      assert.ok(wide < narrow / 2, `width 512: ${wide}, width 32: ${narrow}`);
    },
  );
}

onBothDevices("kernel prediction: exact for a linear network of one layer, at any rate,", async (device) => {
  using batch = samples(device);
  const make = () => initialise(device, [FEATURES, CLASSES], "lecun", { seed: seedFrom(1) });
  using first = make();
  const { largestStableRate } = await predictTraining(first, batch, { steps: 1 });
  for (const share of [0.05, 0.9]) {
    using network = make();
    const learningRate = share * largestStableRate;
    const { losses, predicted } = await predictTraining(network, batch, { steps: 40, learningRate });
    losses.forEach((loss, step) => assert.ok(Math.abs(loss - predicted[step]) < 1e-5 * losses[0]));
  }
  // Above the largest stable rate the first mode grows, in the prediction as in training.
  using network = make();
  const learningRate = 1.1 * largestStableRate;
  const { losses, predicted } = await predictTraining(network, batch, { steps: 60, learningRate });
  assert.ok(losses[59] > losses[30] && predicted[59] > predicted[30]);
});

Deno.test("kernel prediction: targets of one's own, and the figure with both curves", async () => {
  const device = await testDevice("cpu");
  using batch = samples(device);
  const random = new RandomSequence(9);
  const wanted = Float32Array.from({ length: CLASSES * SAMPLES }, () => random.normal());
  using targets = device.upload(wanted, CLASSES, SAMPLES);
  using network = initialise(device, [FEATURES, CLASSES], "lecun", { seed: seedFrom(1) });
  const prediction = await predictTraining(network, { ...batch, targets }, { steps: 20 });
  const { losses, predicted } = prediction;
  assert.ok(losses.every((loss, step) => Math.abs(loss - predicted[step]) < 1e-5 * losses[0]));
  const svg = await renderSvg(kernelPredictionFigure(prediction));
  for (const word of ["measured", "predicted", "squared loss"]) assert.ok(svg.includes(word), word);
});

Deno.test("kernel prediction: says how many samples there may be", async () => {
  const device = await testDevice("cpu");
  using network = initialise(device, [2, 10], "lecun", { seed: seedFrom(1) });
  using batch = uploadBatch(device, new Float32Array(402), new Uint8Array(201));
  await assert.rejects(() => predictTraining(network, batch, { steps: 1 }), (error) => {
    assert.ok(error instanceof InvalidArgumentError);
    assert.match(error.message, /at most 200 samples.*found 201/);
    return true;
  });
});
