import assert from "node:assert/strict";
import {
  parseSafetensors,
  readWeightMatrices,
  SafetensorsFile,
  serialiseSafetensors,
} from "@graphon-limit/data";
import {
  adam,
  type Batch,
  initialise,
  momentumSgd,
  type Optimiser,
  sgd,
  uploadBatch,
} from "@graphon-limit/model";
import { cosineRate, loadTraining, saveTraining, train, TrainingState } from "@graphon-limit/training";
import { type Device, FormatError, packBits, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices } from "../runtime/support.ts";
import { testDevice } from "../ops/harness.ts";

async function inFile(run: (path: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "graphon-limit-" });
  try {
    await run(`${folder}/run.safetensors`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function network(device: Device) {
  const mlp = initialise(device, [5, 33, 33, 3], "he", { seed: seedFrom(8), activation: "tanh" });
  const mask = Uint8Array.from({ length: 33 * 33 }, (_, i) => i % 5 ? 0 : 1);
  mlp.setMask(1, device.uploadBits(packBits(mask, 33, 33), 33, 33));
  return mlp;
}

function samples(device: Device, count: number, seed: number) {
  const random = new RandomSequence(seed);
  const x = Float32Array.from({ length: 5 * count }, () => random.normal());
  return uploadBatch(device, x, Array.from({ length: count }, () => random.integer(3)));
}

const options = (optimiser: Optimiser, heldOut: Batch, steps: number) => ({
  steps,
  batchSize: 8,
  optimiser,
  learningRate: cosineRate(0.05, { steps: 24 }),
  seed: seedFrom(11),
  heldOut: { data: heldOut, every: 3 },
});

for (const optimiser of [sgd(), momentumSgd(), adam()]) {
  // 27 samples: batches lie across epochs, and the run is broken off within one.
  for (const limit of [undefined, 1536]) {
    onBothDevices(
      `training file: ${optimiser.name} goes on bit for bit${limit ? ", in panels" : ""},`,
      (device) =>
        inFile(async (path) => {
          const before = device.memory.live;
          {
            using data = samples(device, 27, 1);
            using heldOut = samples(device, 9, 2);
            using whole = network(device);
            const uninterrupted = await train(whole, data, options(optimiser, heldOut, 24));

            using first = network(device);
            using begun = TrainingState.begin(first, optimiser);
            await train(first, data, { ...options(optimiser, heldOut, 15), state: begun });
            await saveTraining(path, first, begun, {
              names: ["a.2", "a.4", "a.10"],
              settings: { note: "x" },
            });

            const saved = loadTraining(path, device);
            using mlp = saved.mlp;
            using state = saved.state;
            assert.deepEqual([state.step, state.position], [15, 120]);
            assert.deepEqual([saved.names, saved.settings], [["a.2", "a.4", "a.10"], { note: "x" }]);
            assert.equal(mlp.activation, "tanh");
            const resumed = await train(mlp, data, { ...options(optimiser, heldOut, 24), state });
            assert.deepEqual(resumed, uninterrupted);
            for (const [layer, weights] of whole.weights.entries()) {
              assert.deepEqual(await device.read(mlp.weights[layer]), await device.read(weights));
            }
          }
          assert.equal(device.memory.live, before);
        }),
      limit,
    );
  }
}

Deno.test("training file: serves as a weights file, pruned weights zero", () =>
  inFile(async (path) => {
    const device = await testDevice("cpu");
    using data = samples(device, 27, 1);
    using mlp = network(device);
    using state = TrainingState.begin(mlp, adam());
    await train(mlp, data, { ...options(adam(), data, 4), state });
    await saveTraining(path, mlp, state);
    using file = SafetensorsFile.open(path);
    const layers = readWeightMatrices(file);
    assert.deepEqual(layers.map(({ name, rows, columns }) => [name, rows, columns]), [
      ["layers.0.weight", 33, 5],
      ["layers.1.weight", 33, 33],
      ["layers.2.weight", 3, 33],
    ]);
    assert.deepEqual(layers[0].read(), await device.read(mlp.weights[0]));
    assert.ok(layers[1].read().every((weight, i) => (weight !== 0) === (i % 5 === 0)));
    assert.deepEqual([...file.readFloat32("losses")], state.losses);
  }));

Deno.test("training file: what is no run of training, or a damaged one, is refused", () =>
  inFile(async (path) => {
    const device = await testDevice("cpu"), before = device.memory.live;
    using mlp = network(device);
    using state = TrainingState.begin(mlp, sgd());
    await saveTraining(path, mlp, state);
    const bytes = Deno.readFileSync(path), file = parseSafetensors(bytes);
    const header = JSON.parse(file.metadata.get("graphon-limit.training")!);
    const live = device.memory.live;
    const refuse = (metadata: Record<string, string>, message: RegExp) => {
      const tensors = [{ name: "a", shape: [1, 1], data: Float32Array.of(1) }];
      Deno.writeFileSync(path, serialiseSafetensors(tensors, metadata));
      assert.throws(() => loadTraining(path, device), (error) => {
        assert.ok(error instanceof FormatError || message.source === "losses");
        assert.match(error instanceof Error ? error.message : "", message);
        return true;
      });
      assert.equal(device.memory.live, live);
    };
    refuse({}, /train --save/);
    for (
      const change of [
        { optimiser: "sgdd" },
        { position: -1 },
        { sampling: { samples: 0, shuffle: true, seed: [0, 0] } },
        { sampling: { samples: 1, shuffle: true, seed: [0] } },
        { activation: 3 },
        { parametrization: "other" },
        { settings: { a: 1 } },
      ]
    ) refuse({ "graphon-limit.training": JSON.stringify({ ...header, ...change }) }, /damaged/);
    refuse({ "graphon-limit.training": "[" }, /damaged/);
    refuse({ "graphon-limit.training": JSON.stringify(header) }, /losses/);
    assert.ok(live > before);
  }));
