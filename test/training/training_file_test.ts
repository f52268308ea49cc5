import assert from "node:assert/strict";
import { dirname } from "node:path";
import {
  FileSet,
  parseSafetensors,
  readNetwork,
  SafetensorsFile,
  serialiseSafetensors,
} from "@graphon-limit/data";
import {
  adam,
  type Batch,
  type BiasInitialiser,
  initialise,
  mlp,
  momentumSgd,
  type Network,
  type Optimiser,
  sgd,
  uploadBatch,
} from "@graphon-limit/model";
import { cosineRate, loadTraining, saveTraining, train, TrainingState } from "@graphon-limit/training";
import {
  type Device,
  FormatError,
  InvalidArgumentError,
  packBits,
  RandomSequence,
  seedFrom,
} from "@graphon-limit/runtime";
import { diskOf } from "../cli/faults.ts";
import { onBothDevices, oneLine } from "../runtime/support.ts";
import { testDevice } from "../ops/harness.ts";

async function inFile(run: (path: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "graphon-limit-" });
  try {
    await run(`${folder}/run.safetensors`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Names whose natural order is not the alphabetical one. */
const NAMES = ["a.2", "a.4", "a.10"];

/** A masked network with layers of those names. */
function network(device: Device, bias: BiasInitialiser = "none"): Network {
  const { parameters } = initialise(device, [5, 33, 33, 3], "he", { seed: seedFrom(8), bias });
  const biases = parameters.filter(({ role }) => role === "bias");
  const layers = parameters.filter(({ role }) => role === "weight").map(({ matrix }, l) => ({
    ...{ name: NAMES[l], weight: matrix, bias: biases[l]?.matrix },
  }));
  const made = mlp(device, layers, { activation: "tanh" });
  const mask = Uint8Array.from({ length: 33 * 33 }, (_, i) => i % 5 ? 0 : 1);
  made.weights[1].setMask(device.uploadBits(packBits(mask, 33, 33), 33, 33));
  return made;
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
  for (
    const [limit, bias] of [[undefined, "none"], [1536, "none"], [undefined, "torch"], [
      1536,
      "zero",
    ]] as const
  ) {
    onBothDevices(
      `training file: ${optimiser.name} goes on bit for bit${limit ? ", in panels" : ""}, biases ${bias},`,
      (device) =>
        inFile(async (path) => {
          const before = device.memory.live;
          {
            using data = samples(device, 27, 1);
            using heldOut = samples(device, 9, 2);
            using whole = network(device, bias);
            const uninterrupted = await train(whole, data, options(optimiser, heldOut, 24));

            using first = network(device, bias);
            using begun = TrainingState.begin(first, optimiser);
            await train(first, data, { ...options(optimiser, heldOut, 15), state: begun });
            await saveTraining(path, first, begun, { settings: { note: "x" } });

            const saved = loadTraining(path, device);
            using resumed = saved.network;
            using state = saved.state;
            assert.deepEqual([state.step, state.position], [15, 120]);
            assert.deepEqual(saved.settings, { note: "x" });
            assert.deepEqual(resumed.architecture, whole.architecture);
            assert.equal(resumed.architecture.activation, "tanh");
            const described = ({ parameters }: Network) =>
              parameters.map(({ name, role, shape, scale }) => ({ name, role, shape, scale }));
            assert.deepEqual(described(resumed), described(whole));
            assert.deepEqual(resumed.weights.map(({ name }) => name), NAMES);
            const run = await train(resumed, data, { ...options(optimiser, heldOut, 24), state });
            assert.deepEqual(run, uninterrupted);
            for (const [index, { matrix }] of whole.parameters.entries()) {
              assert.deepEqual(
                await device.read(resumed.parameters[index].matrix),
                await device.read(matrix),
              );
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
    using trained = network(device, "torch");
    using state = TrainingState.begin(trained, adam());
    await train(trained, data, { ...options(adam(), data, 4), state });
    await saveTraining(path, trained, state);
    using file = SafetensorsFile.open(path);
    const layers = readNetwork({ weights: file }, { chain: true }).layers.map(({ weight }) => weight!);
    assert.deepEqual(layers.map(({ name, rows, columns }) => [name, rows, columns]), [
      ["a.2", 33, 5],
      ["a.4", 33, 33],
      ["a.10", 3, 33],
    ]);
    assert.deepEqual(layers[0].read(), await device.read(trained.weights[0].matrix));
    assert.ok(layers[1].read().every((weight, i) => (weight !== 0) === (i % 5 === 0)));
    const { name, matrix, shape } = trained.parameters[1];
    assert.deepEqual([name, file.info(name).shape], ["a.2.bias", shape]);
    assert.deepEqual(file.readFloat32(name), await device.read(matrix));
    assert.deepEqual([...file.readFloat32("losses")], state.losses);
  }));

Deno.test("training file: what is no run of training, or a damaged one, is refused", () =>
  inFile(async (path) => {
    const device = await testDevice("cpu"), before = device.memory.live;
    using made = network(device, "zero");
    using state = TrainingState.begin(made, sgd());
    await saveTraining(path, made, state);
    const bytes = Deno.readFileSync(path), file = parseSafetensors(bytes);
    const header = JSON.parse(file.metadata.get("graphon-limit.training")!);
    const live = device.memory.live;
    const whole = made.parameters.map(({ name, shape, count }) => ({
      ...{ name, shape: [...shape], data: new Float32Array(count) },
    }));
    const refuse = (metadata: Record<string, string>, message: RegExp, missing = false) => {
      Deno.writeFileSync(path, serialiseSafetensors(whole, metadata));
      assert.throws(() => loadTraining(path, device), (error) => {
        assert.ok(error instanceof (missing ? InvalidArgumentError : FormatError), `${error}`);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });
      assert.equal(device.memory.live, live);
    };
    const changed = (change: Record<string, unknown>) => ({
      "graphon-limit.training": JSON.stringify({ ...header, ...change }),
    });
    refuse({}, /train --save/);
    const { architecture, parameters } = header;
    for (
      const change of [
        { optimiser: "sgdd" },
        { position: -1 },
        { sampling: { samples: 0, shuffle: true, seed: [0, 0] } },
        { sampling: { samples: 1, shuffle: true, seed: [0] } },
        { architecture: undefined },
        { architecture: { ...architecture, activation: 3 } },
        { architecture: { ...architecture, parametrization: "other" } },
        { architecture: { ...architecture, kind: 3 } },
        { parameters: undefined },
        { parameters: [{ name: 3, role: "weight" }] },
        { parameters: [{ name: "a.2", role: "gains" }] },
        { settings: { a: 1 } },
      ]
    ) refuse(changed(change), /damaged/);
    refuse({ "graphon-limit.training": "[" }, /damaged/);
    // A header that says well-formed things of another network.
    const [weight, bias, ...rest] = parameters;
    refuse(changed({ architecture: { ...architecture, kind: "rnn" } }), /network.*mlp.*"rnn"/);
    refuse(changed({ parameters: [] }), /network.*at least one layer/);
    refuse(changed({ parameters: [bias, weight, ...rest] }), /network.*a\.2\.bias.*a weight before it/);
    refuse(changed({ parameters: [weight, bias, rest[1]] }), /network.*a\.4\.bias.*a weight before it/);
    refuse(changed({ parameters: [weight, { ...rest[0], role: "bias" }] }), /network.*33×1.*33×33/);
    refuse(changed({ parameters: [rest[0], weight] }), /network.*layer 1.*33 inputs/);
    // The tensor would be held as often as it is named, and of a number that is there twice one would be believed.
    refuse(changed({ parameters: [weight, weight] }), /damaged/);
    const text = JSON.stringify(header);
    for (
      const twice of [text.replace("{", '{"position":0,'), text.replace('"position":0', '"position":-0')]
    ) {
      assert.notEqual(twice, text);
      refuse({ "graphon-limit.training": twice }, /damaged/);
    }
    refuse(changed({ parameters: [{ name: "lost", role: "weight" }] }), /lost/, true);
    refuse(changed({}), /losses/, true);
    assert.ok(live > before);
  }));

Deno.test("training file: is put in its place with others, and a run that cannot be saved leaves the one before", () =>
  inFile(async (path) => {
    const device = await testDevice("cpu");
    using data = samples(device, 27, 1);
    using trained = network(device);
    using state = TrainingState.begin(trained, adam());
    await saveTraining(path, trained, state);
    const before = Deno.readFileSync(path);
    await train(trained, data, { ...options(adam(), data, 3), state });
    {
      using files = new FileSet();
      await saveTraining(path, trained, state, { files });
      assert.deepEqual(Deno.readFileSync(path), before);
    }
    {
      using _disk = diskOf(before.length / 2);
      await assert.rejects(
        saveTraining(path, trained, state),
        oneLine(InvalidArgumentError, path, "no space left on device"),
      );
    }
    assert.deepEqual(Deno.readFileSync(path), before);
    using files = new FileSet();
    files.write(`${path}.json`, "{}");
    await saveTraining(path, trained, state, { files });
    files.close();
    const saved = loadTraining(path, device);
    using _network = saved.network;
    using loaded = saved.state;
    assert.equal(loaded.step, 3);
    assert.deepEqual([...Deno.readDirSync(dirname(path))].map(({ name }) => name).sort(), [
      "run.safetensors",
      "run.safetensors.json",
    ]);
  }));
