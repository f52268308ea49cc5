import assert from "node:assert/strict";
import { adam, initialise, INITIALISERS, uploadBatch, widthsOf } from "@graphon-limit/model";
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

Deno.test("planTrainingMemory: foretells the most that training takes", async () => {
  using device = await openDevice({ kind: "cpu" });
  const widths = [300, 400, 400, 10], batchSize = 32, optimiser = adam();
  const plan = planTrainingMemory({ widths, batchSize, optimiser, masked: false }, device.info);
  using network = initialise(device, widths, "he", { seed: SEED });
  using data = uploadBatch(device, new Float32Array(300 * 32).fill(1), new Uint8Array(32));
  await train(network, data, { steps: 3, batchSize, optimiser, learningRate: 1e-3 });
  assert.ok(Math.abs(plan.peak / device.memory.peak - 1) < 0.15, `${plan.peak} of ${device.memory.peak}`);
});
