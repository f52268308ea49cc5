import assert from "node:assert/strict";
import { adam, initialise, INITIALISERS, uploadBatch } from "@graphon-limit/model";
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
      assert.deepEqual(regenerated.widths, kept.widths);
      for (const [layer, weights] of kept.weights.entries()) {
        assert.deepEqual(await device.read(regenerated.weights[layer]), await device.read(weights));
      }
    }
  },
);

onBothDevices("train: weights that are not kept are refused in one line", async (device) => {
  using mlp = initialise(device, WIDTHS, "he", { seed: SEED, weights: "regenerated" });
  using data = uploadBatch(device, new Float32Array(40).fill(1), [0, 1]);
  await assert.rejects(
    train(mlp, data, { steps: 1, batchSize: 2, optimiser: adam(), learningRate: 0.1 }),
    oneLine(InvalidArgumentError, "kept", "regenerated"),
  );
});

Deno.test("planTrainingMemory: foretells the most that training takes", async () => {
  using device = await openDevice({ kind: "cpu" });
  const widths = [300, 400, 400, 10], batchSize = 32, optimiser = adam();
  const plan = planTrainingMemory({ widths, batchSize, optimiser, masked: false }, device.info);
  using mlp = initialise(device, widths, "he", { seed: SEED });
  using data = uploadBatch(device, new Float32Array(300 * 32).fill(1), new Uint8Array(32));
  await train(mlp, data, { steps: 3, batchSize, optimiser, learningRate: 1e-3 });
  assert.ok(Math.abs(plan.peak / device.memory.peak - 1) < 0.15, `${plan.peak} of ${device.memory.peak}`);
});
