import assert from "node:assert/strict";
import {
  adam,
  cnn,
  initialise,
  INITIALISERS,
  resnet,
  uploadBatch,
  vit,
  widthsOf,
} from "@graphon-limit/model";
import { prune, random } from "@graphon-limit/pruners";
import { planTrainingMemory, train } from "@graphon-limit/training";
import { InvalidArgumentError, openDevice, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";

const WIDTHS = [20, 150, 70, 3], SEED = seedFrom(4);

onBothDevices(
  "initialise: regenerated weights are those that are kept, and take no memory",
  async (device) => {
    for (const name of INITIALISERS) {
      const { live } = device.memory;
      using regenerated = initialise(device, WIDTHS, name, { seed: SEED, weights: "regenerated" });
      assert.equal(device.memory.live, live);
      using kept = initialise(device, WIDTHS, name, { seed: SEED });
      assert.deepEqual([regenerated.regenerated, kept.regenerated], [true, false]);
      assert.deepEqual(widthsOf(regenerated), widthsOf(kept));
      for (const [layer, { matrix }] of kept.weights.entries()) {
        assert.deepEqual(await device.read(regenerated.weights[layer].matrix), await device.read(matrix));
      }
    }
  },
);

onBothDevices("train: weights that are not kept are refused in one line", async (device) => {
  using network = initialise(device, WIDTHS, "he", { seed: SEED, weights: "regenerated" });
  using data = uploadBatch(device, new Float32Array(40).fill(1), [0, 1]);
  await assert.rejects(
    train(network, data, { steps: 1, batchSize: 2, optimiser: adam(), learningRate: 0.1 }),
    oneLine(InvalidArgumentError, "kept", "regenerated"),
  );
});

const IMAGE = { image: [1, 28, 28], classes: 10 };
const NETWORKS = [
  [784, 400, 400, 10],
  cnn({ ...IMAGE, channels: [12, 24], kernel: 3 }),
  resnet({ ...IMAGE, channels: [8, 16], blocks: 1 }),
  vit({ ...IMAGE, width: 64, heads: 4, blocks: 2, patch: 7, expansion: 4 }),
];

for (const of of NETWORKS) {
  const kind = "build" in of ? of.kind : "mlp";
  Deno.test(`planTrainingMemory: foretells the most that training a ${kind} takes`, async () => {
    for (const masked of [false, true]) {
      using device = await openDevice({ kind: "cpu" });
      const batchSize = 32, optimiser = adam();
      const plan = planTrainingMemory({ network: of, batchSize, optimiser, masked }, device.info);
      using network = initialise(device, of, "he", { seed: SEED });
      if (masked) await prune(network, random, { sparsity: 0.5, seed: SEED });
      using data = uploadBatch(device, new Float32Array(784 * batchSize).fill(1), new Uint8Array(batchSize));
      await train(network, data, { steps: 3, batchSize, optimiser, learningRate: 1e-3 });
      assert.ok(Math.abs(plan.peak / device.memory.peak - 1) < 0.15, `${plan.peak} of ${device.memory.peak}`);
    }
  });
}
