import assert from "node:assert/strict";
import fc from "fast-check";
import {
  adam,
  type Batch,
  crossEntropyLoss,
  initialise,
  momentumSgd,
  type Optimiser,
  sgd,
  squaredErrorLoss,
  uploadBatch,
} from "@graphon-limit/model";
import {
  constantRate,
  DivergedError,
  evaluate,
  type LearningRate,
  train,
  TrainingState,
  warmUp,
} from "@graphon-limit/training";
import { InvalidArgumentError, packBits, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices } from "../runtime/support.ts";
import {
  type Float64Network,
  type Float64Task,
  gradient64,
  meanLoss64,
  parametersOf,
  withParameters,
} from "../model/float64_network.ts";
import { lossOf, networkCases, placeBatch, placeNetwork, weightsThenBiases } from "../model/network_cases.ts";

/** The rules written out for one weight, its memory in `kept`; `t` counts from 1. */
const RULES: Record<string, (kept: number[], g: number, rate: number, t: number) => number> = {
  sgd: (_kept, g, rate) => rate * g,
  momentum(kept, g, rate, t) {
    kept[0] = t === 1 ? g : 0.8 * kept[0] + g;
    return rate * kept[0];
  },
  adam(kept, g, rate, t) {
    kept[0] = 0.9 * (kept[0] ?? 0) + 0.1 * g;
    kept[1] = 0.999 * (kept[1] ?? 0) + 0.001 * g * g;
    return rate * (kept[0] / (1 - 0.9 ** t)) / (Math.sqrt(kept[1] / (1 - 0.999 ** t)) + 1e-8);
  },
};

const OPTIMISERS: Record<string, Optimiser> = {
  sgd: sgd(),
  momentum: momentumSgd({ momentum: 0.8 }),
  adam: adam(),
};

/** Trains by numerical gradients in float64, batches being the samples in order, round and round. */
function train64(
  start: Float64Network,
  task: Float64Task,
  { steps, batchSize, rule, rate }: { steps: number; batchSize: number; rule: string; rate: LearningRate },
): { losses: number[]; parameters: readonly Float64Array[] } {
  const kept = (parameter: number, i: number) => start.masks[parameter]?.[i] ?? 1;
  const parameters = parametersOf(start).map((values, p) => values.map((value, i) => value * kept(p, i)));
  const network = withParameters(start, parameters);
  const memory = parameters.map((values) => Array.from(values, () => [] as number[]));
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const rows = Array.from({ length: batchSize }, (_, b) => (step * batchSize + b) % task.inputs.length);
    const batch = {
      ...task,
      inputs: rows.map((row) => task.inputs[row]),
      labels: rows.map((row) => task.labels[row]),
    };
    losses.push(meanLoss64(network, batch));
    gradient64(network, batch).forEach((gradient, p) =>
      gradient.forEach((g, i) => {
        parameters[p][i] -= RULES[rule](memory[p][i], g * kept(p, i), rate(step), step + 1);
      })
    );
  }
  return { losses, parameters };
}

/** `network` with every parameter off by up to 128 units of float32's rounding. */
function jittered(network: Float64Network, seed: number): Float64Network {
  const random = new RandomSequence(seed);
  return withParameters(
    network,
    parametersOf(network).map((values) =>
      values.map((value) => value * (1 + 2 ** -17 * (2 * random.uniform() - 1)))
    ),
  );
}

for (const rule of ["sgd", "momentum", "adam"]) {
  onBothDevices(`train: ${rule} follows its rule in float64, pruned weights at zero,`, async (device) => {
    const drawn = fc.tuple(
      networkCases("tanh"),
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom(constantRate(0.05), warmUp(constantRate(0.1), 4)),
    );
    const check = fc.asyncProperty(drawn, async ([drawn, batchSize, rate]) => {
      using placed = placeNetwork(device, drawn);
      using data = placeBatch(device, drawn);
      const { losses } = await train(placed, data, {
        steps: 7,
        batchSize,
        optimiser: OPTIMISERS[rule],
        learningRate: rate,
        loss: lossOf(drawn.task),
        shuffle: false,
        readEvery: 3,
      });
      const options = { steps: 7, batchSize, rule, rate };
      const expected = train64(drawn.network, drawn.task, options);
      // A step too long for the curvature multiplies what rounding did before it, and Adam divides a gradient by its own size,
      // be it next to zero. Runs that start next to this one show by how much.
      const near = [1, 2, 3].map((seed) => train64(jittered(drawn.network, seed), drawn.task, options));
      const assertClose = (actual: number, tolerance: number, of: (run: typeof expected) => number) => {
        const wanted = of(expected), spread = Math.max(...near.map((run) => Math.abs(of(run) - wanted)));
        const allowed = tolerance * (1 + Math.abs(wanted)) + spread;
        assert.ok(Math.abs(actual - wanted) <= allowed, `${actual}, expected ${wanted} ± ${allowed}`);
      };
      losses.forEach((loss, step) => assertClose(loss, 1e-4, (run) => run.losses[step]));
      for (const [p, { matrix }] of weightsThenBiases(placed).entries()) {
        const trained = await device.read(matrix);
        trained.forEach((value, i) => {
          if (drawn.network.masks[p]?.[i] === 0) assert.ok(Object.is(value, 0), `pruned weight ${value}`);
          else assertClose(value, 1e-3, (run) => run.parameters[p][i]);
        });
      }
    });
    await fc.assert(check, { numRuns: 12 });
  });
}

/** Two clouds of points that a small network can tell apart. */
function clouds(count: number, seed: number): { x: Float32Array; y: number[] } {
  const random = new RandomSequence(seed);
  const y = Array.from({ length: count }, (_, i) => i % 2);
  const x = Float32Array.from({ length: 4 * count }, (_, i) => (y[i >> 2] ? 1 : -1) + 0.5 * random.normal());
  return { x, y };
}

onBothDevices("train: learns, evaluates as it goes, and gives all memory back,", async (device) => {
  const before = device.memory.live;
  {
    using network = initialise(device, [4, 16, 2], "he", { seed: seedFrom(3) });
    const mask = Uint8Array.from({ length: 64 }, (_, i) => i % 3 ? 1 : 0);
    network.weights[0].setMask(device.uploadBits(packBits(mask, 16, 4), 16, 4));
    const { x, y } = clouds(90, 1), other = clouds(700, 2);
    using data = uploadBatch(device, x, y);
    using heldOut = uploadBatch(device, other.x, other.y);
    const seen: number[] = [];
    const { losses, evaluations } = await train(network, data, {
      steps: 50,
      batchSize: 32,
      optimiser: adam(),
      learningRate: 0.02,
      heldOut: { data: heldOut, every: 20 },
      onProgress: (step) => seen.push(step),
    });
    assert.equal(losses.length, 50);
    assert.ok(losses[49] < losses[0] / 4, `${losses[0]} to ${losses[49]}`);
    assert.deepEqual(evaluations.map(({ step }) => step), [20, 40, 50]);
    assert.ok(evaluations[2].accuracy > 0.97 && evaluations[2].loss < 0.2);
    assert.equal(seen.at(-1), 50);
    assert.ok(seen.every((step, i) => i === 0 || step > seen[i - 1]));
    const trained = await device.read(network.weights[0].matrix);
    assert.ok(trained.every((weight, i) => mask[i] ? weight !== 0 : Object.is(weight, 0)));
    const { loss, accuracy } = evaluations[2];
    assert.deepEqual(await evaluate(network, heldOut), { loss, accuracy });
  }
  assert.equal(device.memory.live, before);
});

onBothDevices(
  "evaluate: the mean loss and the accuracy of given outputs, over several parts,",
  async (device) => {
    const count = 1300, random = new RandomSequence(4);
    const x = Float32Array.from({ length: 2 * count }, () => random.normal());
    const y = Array.from({ length: count }, () => random.integer(2));
    using network = initialise(device, [2, 2], "he", { seed: seedFrom(1) });
    device.write(network.weights[0].matrix, Float32Array.of(1, 0, 0, 1), 0);
    using data = uploadBatch(device, x, y);
    let right = 0, entropy = 0, square = 0;
    for (let b = 0; b < count; b++) {
      const f = [x[2 * b], x[2 * b + 1]];
      right += Number((f[1] > f[0] ? 1 : 0) === y[b]);
      entropy += Math.log(Math.exp(f[0]) + Math.exp(f[1])) - f[y[b]];
      square += ((f[0] - Number(y[b] === 0)) ** 2 + (f[1] - Number(y[b] === 1)) ** 2) / 2;
    }
    const counted: number[] = [];
    const first = await evaluate(network, data, { onProgress: (done, all) => counted.push(done / all) });
    assert.deepEqual(counted, [512 / 1300, 1024 / 1300, 1]);
    assert.equal(first.accuracy, right / count);
    assert.ok(Math.abs(first.loss - entropy / count) < 1e-5);
    const squared = await evaluate(network, data, { loss: squaredErrorLoss() });
    assert.ok(Math.abs(squared.loss - square / count) < 1e-5);
    const before = device.memory.live, controller = new AbortController();
    const onProgress = () => controller.abort(new RangeError("enough"));
    await assert.rejects(() => evaluate(network, data, { signal: controller.signal, onProgress }), {
      message: "enough",
    });
    assert.equal(device.memory.live, before);
  },
);

onBothDevices("train: targets are gathered with their samples,", async (device) => {
  // A linear network of one output: gradient descent on ½‖w − 3‖² scaled, worked by hand.
  using network = initialise(device, [1, 1], "he", { seed: seedFrom(1) });
  device.write(network.weights[0].matrix, Float32Array.of(0), 0);
  using labels = device.upload(new Uint32Array(3), 1, 3);
  using inputs = device.upload(Float32Array.of(1, 2, 4), 1, 3);
  using targets = device.upload(Float32Array.of(3, 6, 12), 1, 3);
  const { losses } = await train(network, { inputs, labels, targets }, {
    steps: 4,
    batchSize: 1,
    optimiser: sgd(),
    learningRate: 0.01,
    loss: squaredErrorLoss(),
    shuffle: false,
  });
  let w = 0;
  [1, 2, 4, 1].forEach((x, step) => {
    assert.ok(Math.abs(losses[step] - (w * x - 3 * x) ** 2) < 1e-4);
    w -= 0.01 * 2 * x * (w * x - 3 * x);
  });
});

onBothDevices("train: a signal ends it between readings, and it can be gone on with,", async (device) => {
  const { x, y } = clouds(60, 1);
  using data = uploadBatch(device, x, y);
  const options = { steps: 30, batchSize: 20, optimiser: momentumSgd(), learningRate: 0.05 };
  using whole = initialise(device, [4, 8, 2], "he", { seed: seedFrom(3) });
  const { losses } = await train(whole, data, options);

  using network = initialise(device, [4, 8, 2], "he", { seed: seedFrom(3) });
  using state = TrainingState.begin(network, options.optimiser);
  const controller = new AbortController();
  const onProgress = (step: number) => step >= 5 && controller.abort(new RangeError("enough"));
  const { signal } = controller;
  await assert.rejects(() => train(network, data, { ...options, state, signal, onProgress, readEvery: 4 }), {
    message: "enough",
  });
  assert.ok(state.step >= 5 && state.step < 30);
  assert.deepEqual(state.losses, losses.slice(0, state.step));
  assert.deepEqual((await train(network, data, { ...options, state })).losses, losses);
});

onBothDevices("train: says what does not fit,", async (device) => {
  const { x, y } = clouds(10, 1);
  using data = uploadBatch(device, x, y);
  using network = initialise(device, [4, 8, 2], "he", { seed: seedFrom(3) });
  const options = { steps: 3, batchSize: 5, optimiser: sgd(), learningRate: 0.1 };
  using short = device.upload(new Uint32Array(9), 1, 9);
  using wide = device.matrix(5, 10);
  using otherState = TrainingState.begin(network, adam());
  using begun = TrainingState.begin(network, sgd());
  begun.sampling = { samples: 10, shuffle: true, seed: [1, 2] };
  using longer = TrainingState.begin(network, sgd());
  longer.sampling = { samples: 11, shuffle: true, seed: [0, 0] };
  const refused: [Batch, Partial<Parameters<typeof train>[2]>, RegExp][] = [
    [data, { steps: -1 }, /steps.*at least 0.*-1/],
    [data, { batchSize: 2.5 }, /batchSize.*2\.5/],
    [data, { learningRate: -1 }, /learning rate.*-1/],
    [data, { learningRate: () => NaN }, /learning rate of step 0.*NaN/],
    [{ ...data, labels: short }, {}, /10 samples.*1×9/],
    [{ ...data, inputs: wide }, {}, /4 features.*5×10/],
    [{ ...data, targets: wide }, {}, /2 outputs.*5×10/],
    [data, { state: otherState }, /adam.*sgd/],
    [data, { state: begun }, /shuffled by 1,2.*shuffled by 0,0/],
    [data, { state: begun, shuffle: false }, /shuffled.*in order/],
    [data, { state: longer }, /11 samples.*10/],
  ];
  for (const [batch, wrong, message] of refused) {
    await assert.rejects(() => train(network, batch, { ...options, ...wrong }), (error) => {
      assert.ok(error instanceof InvalidArgumentError);
      assert.match(error.message, message);
      return true;
    });
  }
  const steep = { ...options, steps: 40, learningRate: 1e25, loss: crossEntropyLoss() };
  await assert.rejects(() => train(network, data, steep), (error) => {
    assert.ok(error instanceof DivergedError);
    assert.match(error.message, /step \d+.*below 1e\+25/);
    return true;
  });
});
