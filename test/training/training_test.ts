import assert from "node:assert/strict";
import fc from "fast-check";
import {
  adam,
  crossEntropyLoss,
  initialise,
  momentumSgd,
  type Network,
  type OwnedBatch,
  sgd,
  squaredErrorLoss,
  uploadBatch,
} from "@graphon-limit/model";
import { magnitude, prune } from "@graphon-limit/pruners";
import {
  type BitMatrix,
  type Device,
  InvalidArgumentError,
  packBits,
  RandomSequence,
  seedFrom,
} from "@graphon-limit/runtime";
import {
  cosineRate,
  loadTraining,
  type MaskRule,
  type RewireContext,
  saveTraining,
  stepRate,
  train,
  training,
  type TrainingEvent,
  type TrainingOptions,
  TrainingState,
} from "@graphon-limit/training";
import { onBothDevices, oneLine } from "../runtime/support.ts";

const WIDTHS = [4, 12, 3], seed = seedFrom(3);

function network(device: Device): Network {
  return initialise(device, WIDTHS, "he", { seed, activation: "tanh", bias: "torch" });
}

function samples(device: Device, count: number, by = 1): OwnedBatch {
  const random = new RandomSequence(by);
  const x = Float32Array.from({ length: WIDTHS[0] * count }, () => random.normal());
  return uploadBatch(device, x, Array.from({ length: count }, () => random.integer(WIDTHS[2])));
}

const OPTIONS = { steps: 20, batchSize: 8, optimiser: adam(), learningRate: 0.02 };

function parametersOf({ device, parameters }: Network): Promise<Float32Array[]> {
  return Promise.all(parameters.map(({ matrix }) => device.read(matrix)));
}

async function eventsOf(
  trained: Network,
  data: OwnedBatch,
  options: Partial<TrainingOptions>,
): Promise<TrainingEvent[]> {
  return await Array.fromAsync(training(trained, data, { ...OPTIONS, ...options }));
}

onBothDevices(
  "training: its events are the steps of a run, and the network stands where each left it,",
  async (device) => {
    const { live } = device.memory;
    {
      using data = samples(device, 30);
      using whole = network(device);
      const run = await train(whole, data, OPTIONS);
      using trained = network(device);
      const losses: number[] = [], steps: number[] = [];
      for await (const event of training(trained, data, { ...OPTIONS, readEvery: 3 })) {
        losses.push(...event.losses);
        steps.push(event.step);
        assert.equal(event.step, losses.length);
        assert.ok(event.losses.length >= 1 && event.losses.length <= 3);
        assert.equal(event.loss, event.losses.at(-1));
        assert.deepEqual([event.rewired, event.evaluation], [false, undefined]);
        if (event.step > 8) continue;
        using shorter = network(device);
        await train(shorter, data, { ...OPTIONS, steps: event.step });
        assert.deepEqual(await parametersOf(trained), await parametersOf(shorter), `step ${event.step}`);
      }
      assert.equal(steps.at(-1), 20);
      assert.ok(steps.length >= 7);
      assert.deepEqual(losses, run.losses);
      assert.deepEqual(await parametersOf(trained), await parametersOf(whole));
    }
    assert.equal(device.memory.live, live);
  },
);

onBothDevices("training: a loop that is left early leaves nothing in memory,", async (device) => {
  using data = samples(device, 30);
  using trained = network(device);
  const { live } = device.memory;
  for await (const { step } of training(trained, data, { ...OPTIONS, readEvery: 2 })) if (step >= 3) break;
  assert.equal(device.memory.live, live);
});

onBothDevices(
  "training: held-out data is asked after its steps and the last, and of no steps at once,",
  async (device) => {
    using data = samples(device, 30);
    using other = samples(device, 11, 2);
    using trained = network(device);
    const heldOut = { data: other, every: 6 };
    const events = await eventsOf(trained, data, { heldOut, readEvery: 4 });
    const evaluated = events.filter(({ evaluation }) => evaluation);
    assert.deepEqual(evaluated.map(({ step, evaluation }) => [step, evaluation!.step]), [[6, 6], [12, 12], [
      18,
      18,
    ], [20, 20]]);
    using again = network(device);
    using state = TrainingState.begin(again, OPTIONS.optimiser);
    assert.deepEqual(await eventsOf(again, data, { heldOut, steps: 0, state }), []);
    assert.deepEqual(state.evaluations.map(({ step }) => step), [0]);
    const { losses, evaluations } = await train(again, data, { ...OPTIONS, heldOut, steps: 0, state });
    assert.deepEqual([losses, evaluations.map(({ step }) => step)], [[], [0]], "not asked twice");
    const rest = await train(again, data, { ...OPTIONS, heldOut, state });
    assert.deepEqual(rest.evaluations.slice(1), evaluated.map(({ evaluation }) => evaluation));
    assert.deepEqual((await train(again, data, { ...OPTIONS, steps: 0 })).losses, []);
  },
);

/** Masks that keep what `kept` says. */
function maskOf(device: Device, rows: number, cols: number, kept: (at: number) => boolean): BitMatrix {
  const bits = Uint8Array.from({ length: rows * cols }, (_, at) => Number(kept(at)));
  return device.uploadBits(packBits(bits, rows, cols), rows, cols);
}

onBothDevices(
  "training: a mask rule prunes and regrows between steps, and what comes back begins at zero,",
  async (device) => {
    for (const optimiser of [sgd(), momentumSgd(), adam()]) {
      using data = samples(device, 30);
      using trained = network(device);
      using state = TrainingState.begin(trained, optimiser);
      const [weight] = trained.weights, { rows, cols } = weight;
      const seen: number[] = [];
      const alternating: MaskRule = {
        name: "alternating",
        every: 4,
        rewire({ step }) {
          seen.push(step);
          // Away after 4 steps, back after 8; at 12 nothing changes; other weights go after 16.
          if (step === 4) weight.setMask(maskOf(device, rows, cols, (at) => at % 3 > 0));
          if (step === 8) weight.setMask(undefined);
          if (step === 16) weight.setMask(maskOf(device, rows, cols, (at) => at % 2 > 0));
          return step !== 12;
        },
      };
      const rewired: number[] = [];
      const options = { ...OPTIONS, optimiser, learningRate: 0.1, rule: alternating, state, readEvery: 3 };
      for await (const event of training(trained, data, options)) {
        if (event.rewired) rewired.push(event.step);
        const values = await device.read(weight.matrix);
        const gone = (at: number) => Object.is(values[at], 0);
        for (let at = 0; at < values.length; at++) {
          // The rule itself takes nothing away: the next step does.
          if (event.step > 4 && event.step <= 8) assert.equal(gone(at), at % 3 === 0, `step ${event.step}`);
          else if (event.step <= 16) assert.ok(!gone(at), `step ${event.step}`);
          else assert.equal(gone(at), at % 2 === 0, `step ${event.step}`);
        }
        if (event.step !== 8) continue;
        // Nor does the optimiser remember what it was before.
        for (const matrix of state.memory[0]) {
          (await device.read(matrix)).forEach((value, at) => assert.ok(at % 3 > 0 || value === 0));
        }
      }
      assert.deepEqual([seen, rewired], [[4, 8, 12, 16], [4, 8, 16]], "not after the last step");
    }
  },
);

onBothDevices(
  "training: a mask rule sees the batch of the next step and how far the run is,",
  async (device) => {
    using data = samples(device, 30);
    using trained = network(device);
    const loss = squaredErrorLoss(),
      contexts: (Omit<RewireContext, "batch"> & { labels: Uint32Array })[] = [];
    const rule: MaskRule = {
      name: "watching",
      every: 5,
      async rewire({ batch, ...context }) {
        assert.deepEqual([batch.inputs.rows, batch.inputs.cols], [4, 8]);
        contexts.push({ ...context, labels: await device.read(batch.labels) });
        return false;
      },
    };
    const by = seedFrom(8);
    await eventsOf(trained, data, { rule, loss, seed: by, shuffle: false });
    const labels = await device.read(data.labels);
    assert.deepEqual(contexts.map(({ step }) => step), [5, 10, 15]);
    for (const { step, steps, device: on, network: seen, loss: taken, seed: told, ...context } of contexts) {
      assert.deepEqual([steps, on === device, seen === trained, taken === loss, told], [
        20,
        true,
        true,
        true,
        by,
      ]);
      const next = Array.from({ length: 8 }, (_, b) => labels[(step * 8 + b) % 30]);
      assert.deepEqual([...context.labels], next);
    }
  },
);

onBothDevices(
  "training: gradual pruning reaches its sparsity, and goes on from a file as if never ended,",
  async (device) => {
    const gradual: MaskRule = {
      name: "gradual",
      every: 3,
      async rewire({ network, seed, step, steps }) {
        await prune(network, magnitude, { sparsity: 0.9 * step / steps, seed });
        return true;
      },
    };
    const folder = Deno.makeTempDirSync({ prefix: "graphon-limit-" });
    try {
      using data = samples(device, 30);
      const masksOf = ({ weights }: Network) =>
        Promise.all(weights.map(({ mask }) => mask && device.readBits(mask)));
      const options = { ...OPTIONS, rule: gradual, learningRate: cosineRate(0.05, { steps: 20 }) };
      using whole = network(device);
      const { losses } = await train(whole, data, options);
      const kept = (await masksOf(whole)).flatMap((words) => [...words!])
        .reduce((sum, word) => sum + word.toString(2).replaceAll("0", "").length, 0);
      assert.equal(kept, 84 - Math.floor(0.9 * 18 / 20 * 84));

      // Saved by a checkpoint of its own, before the run was ended.
      using first = network(device);
      const path = `${folder}/run.safetensors`, saved: number[] = [];
      const checkpoint = {
        everySteps: 7,
        async save(state: TrainingState) {
          saved.push(state.step);
          if (state.step === 14) return;
          await saveTraining(path, first, state, { settings: { at: String(state.step) } });
        },
      };
      const controller = new AbortController();
      const ended = (async () => {
        for await (
          const { step } of training(first, data, { ...options, checkpoint, signal: controller.signal })
        ) {
          if (step >= 14) controller.abort(new RangeError("enough"));
        }
      })();
      await assert.rejects(ended, { message: "enough" });
      assert.deepEqual(saved, [7, 14]);
      const run = loadTraining(path, device);
      using resumed = run.network;
      using state = run.state;
      assert.deepEqual([run.settings, state.step], [{ at: "7" }, 7]);
      const rest = await train(resumed, data, { ...options, state });
      assert.deepEqual(rest.losses, losses);
      assert.deepEqual(await parametersOf(resumed), await parametersOf(whole));
      assert.deepEqual(await masksOf(resumed), await masksOf(whole));
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

onBothDevices("training: saves every so many steps, and every so many seconds,", async (device) => {
  using data = samples(device, 30);
  const saves = async (checkpoint: { everySteps?: number; everySeconds?: number }, begun = 0) => {
    using trained = network(device);
    using state = TrainingState.begin(trained, OPTIONS.optimiser);
    await train(trained, data, { ...OPTIONS, steps: begun, state });
    const saved: number[] = [];
    // A clock that stands but for half a second between two steps.
    const { now } = performance;
    let time = 1000;
    performance.now = () => time;
    try {
      const options = {
        ...OPTIONS,
        state,
        readEvery: 1,
        checkpoint: { ...checkpoint, save: () => void saved.push(state.step) },
      };
      for await (const _event of training(trained, data, options)) time += 500;
    } finally {
      performance.now = now;
    }
    return saved;
  };
  assert.deepEqual(await saves({ everySteps: 6 }), [6, 12, 18]);
  assert.deepEqual(await saves({ everySteps: 6 }, 4), [10, 16]);
  assert.deepEqual(await saves({ everySteps: 20 }), [20]);
  assert.deepEqual(await saves({ everySeconds: 3 }), [7, 13, 19]);
  assert.deepEqual(await saves({ everySeconds: 0 }), Array.from({ length: 20 }, (_, i) => i + 1));
  // Whichever comes first.
  assert.deepEqual(await saves({ everySteps: 4, everySeconds: 3 }), [4, 8, 12, 16, 20]);
  assert.deepEqual(await saves({ everySteps: 8, everySeconds: 3 }), [7, 13, 19]);
  assert.deepEqual(await saves({}), []);
});

onBothDevices(
  "training: a signal ends it between readings, where state and weights go together,",
  async (device) => {
    using data = samples(device, 30);
    using other = samples(device, 600, 2);
    const heldOut = { data: other, every: 10 };
    using whole = network(device);
    const uninterrupted = await train(whole, data, { ...OPTIONS, heldOut });
    for (const when of ["between readings", "in an evaluation"]) {
      using trained = network(device);
      using state = TrainingState.begin(trained, OPTIONS.optimiser);
      const controller = new AbortController(), reason = new RangeError("enough");
      // The device is read once for each reading, and then for the evaluation.
      const rule: MaskRule = {
        name: "ending",
        every: 10,
        rewire: () => (controller.abort(reason), false),
      };
      const options = { ...OPTIONS, heldOut, state, signal: controller.signal, readEvery: 4 };
      const { live } = device.memory;
      const run = async () => {
        for await (
          const { step } of training(
            trained,
            data,
            when === "in an evaluation" ? { ...options, rule } : options,
          )
        ) {
          if (step >= 7) controller.abort(reason);
        }
      };
      await assert.rejects(run, reason);
      assert.equal(device.memory.live, live);
      assert.ok(state.step >= 7 && state.step <= 10);
      assert.deepEqual(state.losses, uninterrupted.losses.slice(0, state.step));
      const { signal: _, ...rest } = options;
      assert.deepEqual(await train(trained, data, rest), uninterrupted);
      assert.deepEqual(await parametersOf(trained), await parametersOf(whole));
      // A signal that came before takes no step.
      await assert.rejects(() => train(trained, data, { ...options, steps: 21 }), reason);
      assert.equal(state.step, 20);
    }
  },
);

onBothDevices("training: says what does not fit,", async (device) => {
  using data = samples(device, 30);
  using trained = network(device);
  const save = () => {}, rewire = () => false;
  const refused = async (options: Partial<TrainingOptions>, ...words: string[]) =>
    await assert.rejects(() => eventsOf(trained, data, options), oneLine(InvalidArgumentError, ...words));
  await refused({ steps: 1.5 }, "steps", "1.5");
  await refused({ readEvery: 0 }, "readEvery", "0");
  await refused({ heldOut: { data, every: 0 } }, "every", "0");
  await refused({ rule: { name: "r", every: 0, rewire } }, "rule's every", "0");
  await refused({ checkpoint: { everySteps: 0, save } }, "everySteps", "0");
  await refused({ checkpoint: { everySeconds: -1, save } }, "everySeconds", "-1");
  await refused({ checkpoint: { everySeconds: NaN, save } }, "everySeconds", "NaN");
});

onBothDevices("training: an option that is undefined is one left out,", async (device) => {
  using data = samples(device, 30);
  const run = async (options: object) => {
    using trained = network(device);
    const losses = await train(trained, data, { ...OPTIONS, steps: 6, ...options });
    return { losses, parameters: await parametersOf(trained) };
  };
  const expected = await run({});
  const absent = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, undefined]));
  const names = [
    "loss",
    "shuffle",
    "seed",
    "rule",
    "heldOut",
    "state",
    "checkpoint",
    "readEvery",
    "signal",
    "onProgress",
  ];
  await fc.assert(
    fc.asyncProperty(fc.subarray(names), async (left) => assert.deepEqual(await run(absent(left)), expected)),
    { numRuns: 12 },
  );
  let saved = 0;
  const checkpoint = { ...absent(["everySteps", "everySeconds"]), save: () => void saved++ };
  assert.deepEqual(await run({ checkpoint }), expected);
  assert.equal(saved, 0);
  assert.deepEqual(await run({ loss: crossEntropyLoss(absent(["temperature"])) }), expected);
  assert.deepEqual(await run({ optimiser: adam(absent(["beta1", "beta2", "epsilon"])) }), expected);
  const momentum = await run({ optimiser: momentumSgd() });
  assert.deepEqual(await run({ optimiser: momentumSgd(absent(["momentum"])) }), momentum);
  assert.equal(cosineRate(1, { steps: 4, ...absent(["last"]) })(4), 0);
  assert.equal(stepRate(1, { every: 1, ...absent(["factor"]) })(1), 0.1);
});
