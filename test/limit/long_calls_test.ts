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
  const [method, repetition, own] of [
    ["random", 1, 1],
    ["magnitude", 1, 1],
    ["uniform", 1, 1],
    ["erk", 1, 1],
    // Types of two hidden layers forward and back, with their tangents for GraSP; scales and graphons of three layers.
    ["snip", 4 + 6, 6],
    ["grasp", 8 + 6, 6],
    // Rounds, and the graphons of the layers that have any to integrate.
    ["synflow", 4 + 1, 4 + 3],
  ] as const
) {
  const options = { sparsity: 0.7, types: 30, seed, ...(method === "synflow" ? { rounds: 4 } : {}) };
  const { exact } = LIMITS.get(method)!;
  CALLS[`limitGraphon of ${method}`] = [
    onSamples((device, batch, call) =>
      limitGraphon(device, method, NETWORK, { ...options, ...call, batch, grid: 4, outputDraws: 3 })
    ),
    exact ? repetition : 3 * repetition,
  ];
  CALLS[`limitNetwork of ${method}`] = [
    onSamples((device, batch, call) => limitNetwork(device, method, NETWORK, { ...options, ...call, batch })),
    repetition,
  ];
  CALLS[`limitKernel of ${method}`] = [
    onSamples((_device, batch, call) =>
      limitKernel(method, NETWORK, batch.inputs, {
        ...{ ...options, ...call, batch, memoryBytes: 1 },
        repetitions: 2,
      })
    ),
    2 * (repetition + 8),
  ];
  CALLS[`raoBlackwell of ${method}`] = [
    onSamples(async (device, batch, call) => {
      using network = initialise(device, WIDTHS, "he", { seed });
      const { types: _, ...rest } = options;
      try {
        await raoBlackwell(network, method, { ...rest, ...call, batch, grid: 4 });
      } finally {
        assert.ok(network.weights.every(({ mask }) => mask === undefined));
      }
    }),
    own,
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
    ...{ sparsity: 0.7, types: 30, rounds: 10_000, seed },
    signal: AbortSignal.timeout(50),
    onProgress: (step) => done = step,
  });
  await assert.rejects(call, { name: "TimeoutError" });
  assert.ok(done < 10_000);
});
