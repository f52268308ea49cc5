import assert from "node:assert/strict";
import { StepGraphon } from "@graphon-limit/graphon";
import { limitGraphon, limitNetwork, LIMITS, raoBlackwell } from "@graphon-limit/limit";
import { initialise } from "@graphon-limit/model";
import { graphonKernel, limitKernel } from "@graphon-limit/ntk";
import { type Device, type LongCallOptions, openDevice, seedFrom } from "@graphon-limit/runtime";
import { normalBatch } from "./support.ts";

const NETWORK = { inputs: 6, hidden: 2, classes: 3, width: 40 }, seed = seedFrom(6);
const WIDTHS = [6, 40, 40, 3];

type Call = (device: Device, options: LongCallOptions) => Promise<unknown>;

/** A call with samples that are released after it, as is what it gives. */
function onSamples(
  call: (device: Device, batch: ReturnType<typeof normalBatch>, options: LongCallOptions) => Promise<unknown>,
): Call {
  return async (device, options) => {
    using batch = normalBatch(device, { features: 6, samples: 8, classes: 3 });
    const result = await call(device, batch, options);
    if (result && typeof result === "object" && Symbol.dispose in result) {
      (result as Disposable)[Symbol.dispose]();
    }
  };
}

/** Each long call, with the steps that it should take. */
const CALLS: Record<string, [Call, number]> = {};
for (
  const [method, order, repetition] of [
    ["random", "finite", 1],
    ["magnitude", "finite", 1],
    ["uniform", "finite", 1],
    ["erk", "finite", 1],
    // Types of two hidden layers forward and back, with their tangents for GraSP; scales and graphons of three layers.
    ["snip", "strict", 4 + 6],
    ["grasp", "strict", 8 + 6],
    // The same of three layers, and the threshold.
    ["snip", "finite", 6 + 7],
    ["grasp", "finite", 12 + 7],
    // A threshold that is searched for, in either order.
    ["fisher", "strict", 4 + 7],
    ["obd", "finite", 6 + 7],
    ["phew", "finite", 3],
    // Rounds, and the graphons of the layers that have any to integrate.
    ["synflow", "strict", 4 + 1],
    ["synflow", "finite", 4 + 1],
  ] as const
) {
  const options = { sparsity: 0.7, types: 30, seed, order, ...(method === "synflow" ? { rounds: 4 } : {}) };
  const { exact } = LIMITS.get(method)!, name = `${method}, ${order}`;
  CALLS[`limitGraphon of ${name}`] = [
    onSamples((device, batch, call) =>
      limitGraphon(device, method, NETWORK, { ...options, ...call, batch, grid: 4, outputDraws: 3 })
    ),
    exact ? repetition : 3 * repetition,
  ];
  CALLS[`limitNetwork of ${name}`] = [
    onSamples((device, batch, call) => limitNetwork(device, method, NETWORK, { ...options, ...call, batch })),
    repetition,
  ];
  CALLS[`limitKernel of ${name}`] = [
    onSamples((_device, batch, call) =>
      limitKernel(method, NETWORK, batch.inputs, {
        ...{ ...options, ...call, batch, memoryBytes: 1, weights: "redrawn" },
        repetitions: 2,
      })
    ),
    2 * (repetition + 8),
  ];
}
for (
  const [method, steps] of [
    ["random", 1],
    ["magnitude", 1],
    ["uniform", 1],
    ["erk", 1],
    ["snip", 6],
    ["grasp", 6],
    ["synflow", 4 + 3],
  ] as const
) {
  CALLS[`raoBlackwell of ${method}`] = [
    onSamples(async (device, batch, call) => {
      using network = initialise(device, WIDTHS, "he", { seed });
      const rounds = method === "synflow" ? { rounds: 4 } : {};
      try {
        await raoBlackwell(network, method, { sparsity: 0.7, ...rounds, ...call, batch, grid: 4 });
      } finally {
        assert.ok(network.weights.every(({ mask }) => mask === undefined));
      }
    }),
    steps,
  ];
}
CALLS.graphonKernel = [
  onSamples((_device, batch, call) =>
    graphonKernel([StepGraphon.constant(0.5), StepGraphon.constant(0.5)], batch.inputs, {
      ...call,
      memoryBytes: 1,
    })
  ),
  8,
];

for (const [name, [call, steps]] of Object.entries(CALLS)) {
  Deno.test(`${name}: counts its steps, and ends between any two of them, leaving nothing`, async () => {
    using device = await openDevice({ kind: "cpu" });
    const told: [number, number][] = [];
    await call(device, { onProgress: (done, total) => told.push([done, total]) });
    assert.deepEqual(told, Array.from({ length: steps }, (_, step) => [step + 1, steps]));
    assert.equal(device.memory.live, 0);

    for (const last of new Set([0, 1, Math.ceil(steps / 2), steps])) {
      const controller = new AbortController(), reason = new Error(`after ${last}`);
      if (last === 0) controller.abort(reason);
      let done = 0;
      const ended = call(device, {
        signal: controller.signal,
        onProgress(step) {
          done = step;
          if (step === last) controller.abort(reason);
        },
      });
      await assert.rejects(ended, reason);
      assert.equal(done, last);
      assert.equal(device.memory.live, 0);
    }
  });
}

Deno.test("limitGraphon: a timer's signal is heard on the CPU device, which never waits", async () => {
  using device = await openDevice({ kind: "cpu" });
  let done = 0;
  const call = limitGraphon(device, "synflow", NETWORK, {
    ...{ sparsity: 0.7, types: 30, rounds: 10_000, order: "strict", seed },
    signal: AbortSignal.timeout(50),
    onProgress: (step) => done = step,
  });
  await assert.rejects(call, { name: "TimeoutError" });
  assert.ok(done < 10_000);
});

Deno.test("limitKernel: of kept weights of known signs, progress comes to its end, and a signal is heard", async () => {
  using device = await openDevice({ kind: "cpu" });
  using batch = normalBatch(device, { features: 6, samples: 8, classes: 3 });
  const options = { sparsity: 0.7, seed, batch, repetitions: 2 }, before = device.memory.live;
  const told: [number, number][] = [];
  const call = (rest: LongCallOptions) => limitKernel("snip", NETWORK, batch.inputs, { ...options, ...rest });
  (await call({ onProgress: (done, total) => told.push([done, total]) })).dispose();
  assert.deepEqual(told.at(-1), [2 * (13 + 8), 2 * (13 + 8)]);
  told.forEach(([done], at) => assert.ok(at === 0 || done >= told[at - 1][0]));
  const controller = new AbortController(), reason = new Error("half way");
  const onProgress = (done: number) => done > 15 && controller.abort(reason);
  await assert.rejects(call({ signal: controller.signal, onProgress }), reason);
  assert.equal(device.memory.live, before);
});
