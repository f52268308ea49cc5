import assert from "node:assert/strict";
import fc from "fast-check";
import {
  crossEntropyLoss,
  initialise,
  type Network,
  type Redraw,
  redraw,
  REDRAWS,
  sgd,
  takeStep,
} from "@graphon-limit/model";
import {
  definePruner,
  type Method,
  METHODS,
  prune,
  register,
  type ScoreContext,
  snip,
} from "@graphon-limit/pruners";
import { BitMatrix, type Device, InvalidArgumentError, packBits, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";
import { maskRandomly, masksOf, network, samples, unmask } from "./support.ts";

const WIDTHS = [4, 6, 3], seed = seedFrom(1);

Deno.test("definePruner: a name and one way to prune make a method; what there is not is refused", () => {
  const score = () => [], construct = () => [], quota = () => [];
  for (const way of [{ score }, { construct }, { quota }]) {
    assert.deepEqual(definePruner({ name: "mine", ...way }), {
      ...{ name: "mine", label: "mine", reads: "weights" },
      ...way,
    });
  }
  const whole = {
    name: "mine",
    label: "Mine",
    reads: "samples",
    rounds: 3,
    recoverable: true,
    worthless: 0,
    score,
  } as const;
  assert.deepEqual(definePruner(whole), whole);
  const refused = (definition: Record<string, unknown>, ...words: string[]) =>
    assert.throws(
      () => definePruner({ name: "mine", ...definition } as Parameters<typeof definePruner>[0]),
      oneLine(InvalidArgumentError, "mine", ...words),
    );
  refused({ score, needsBatch: true }, '"needsBatch"', "reads");
  refused({ score, Rounds: 3 }, '"Rounds"');
  refused({}, "score, construct and quota", "0");
  refused({ score: undefined }, "score, construct and quota", "0");
  refused({ score, construct }, "score, construct and quota", "2");
  refused({ score: 3 }, "score, construct and quota");
  refused({ score, worthless: "none" }, "worthless score", '"none"');
  refused({ score, worthless: NaN }, "worthless score", "NaN");
});

Deno.test("METHODS: each method registers once, in the order of the tables, with a label and a look of its own", () => {
  assert.deepEqual([...METHODS.keys()], [
    "random",
    "magnitude",
    "snip",
    "grasp",
    "synflow",
    "uniform",
    "erk",
  ]);
  for (const [name, method] of METHODS) {
    assert.equal(method.name, name);
    assert.throws(() => register(method), oneLine(InvalidArgumentError, JSON.stringify(name), "twice"));
    assert.ok((!method.score || method.recorded) && method.style);
  }
  const different = (of: (method: Method) => unknown) =>
    assert.equal(new Set([...METHODS.values()].map(of)).size, METHODS.size);
  different(({ label }) => label);
  different(({ style }) => style?.light);
  different(({ style }) => style?.dark);
  different(({ style }) => style?.shape);
});

/** Masks that keep the first so many weights of each layer. */
function firsts(device: Device, { weights }: Network, kept: readonly number[]): BitMatrix[] {
  return weights.map(({ rows, cols, count }, layer) => {
    const bits = Uint8Array.from({ length: count }, (_, at) => Number(at < kept[layer]));
    return device.uploadBits(packBits(bits, rows, cols), rows, cols);
  });
}

onBothDevices(
  "prune: takes the masks that a method constructs, if they keep as many as asked for",
  async (device) => {
    using placed = network(device, WIDTHS);
    using batch = samples(device, placed, 5);
    const seen: unknown[] = [];
    const constructing = definePruner({
      name: "first",
      construct({ keep, quota, batch: given, seed, ...rest }) {
        seen.push({ keep, quota, batch: given === batch, seed, network: rest.network === placed });
        return firsts(device, placed, quota ?? [keep - 15, 15]);
      },
    });
    const done: string[] = [], onProgress = (round: number, of: number) => done.push(`${round} of ${of}`);
    const kept = async (options: Partial<Parameters<typeof prune>[2]>) => {
      const all = { sparsity: 0.5, seed, batch, onProgress, ...options } as Parameters<typeof prune>[2];
      const result = await prune(placed, constructing, all);
      assert.deepEqual(result.thresholds, []);
      assert.deepEqual(
        (await masksOf(placed)).map((mask) => mask.reduce((sum, bit) => sum + bit)),
        result.kept,
      );
      return result.kept;
    };
    const { live } = device.memory;
    assert.deepEqual(await kept({}), [6, 15]);
    // By layer 24 − ⌊0.2 · 24⌋ and 18 − ⌊0.2 · 18⌋, one more than of all together.
    assert.deepEqual(await kept({ sparsity: 0.2, scope: "layer" }), [20, 15]);
    assert.deepEqual(await kept({ sparsity: undefined, quota: [3, 7] } as never), [3, 7]);
    const context = { batch: true, seed, network: true };
    assert.deepEqual(seen, [
      { ...context, keep: 21, quota: undefined },
      { ...context, keep: 20 + 15, quota: undefined },
      { ...context, keep: 10, quota: [3, 7] },
    ]);
    assert.deepEqual(done, ["1 of 1", "1 of 1", "1 of 1"]);
    await assert.rejects(
      () => prune(placed, constructing, { sparsity: 0.5, rounds: 2, seed }),
      oneLine(InvalidArgumentError, "first", "one round", "2"),
    );
    unmask(placed);
    assert.equal(device.memory.live, live);
  },
);

onBothDevices(
  "prune: refuses masks of other shapes or numbers, and the network's own stay",
  async (device) => {
    using placed = network(device, WIDTHS);
    maskRandomly(placed, 0.5, 3);
    const before = await masksOf(placed), { live } = device.memory;
    const own = () => placed.weights.map(({ mask }) => mask!);
    const refused = async (construct: () => unknown, options: object, ...words: string[]) => {
      const method = definePruner({ name: "mine", construct } as Parameters<typeof definePruner>[0]);
      await assert.rejects(
        () => prune(placed, method, { sparsity: 0.5, seed, ...options } as Parameters<typeof prune>[2]),
        oneLine(InvalidArgumentError, "mine", ...words),
      );
      assert.deepEqual(await masksOf(placed), before);
      assert.equal(device.memory.live, live);
    };
    await refused(() => firsts(device, placed, [10, 10]), {}, "21 weights", "20");
    await refused(
      () => firsts(device, placed, [11, 9]),
      { quota: [10, 10], sparsity: undefined },
      "layer 0",
      "10",
      "11",
    );
    await refused(() => [device.bits(6, 4)], {}, "2 layers", "1");
    await refused(() => undefined, {}, "2 layers", "undefined");
    await refused(() => [device.bits(6, 4), device.bits(6, 3)], {}, "layer 1", "3×6", "6×3");
    await refused(() => [device.bits(6, 4), new Uint8Array(18)], {}, "layer 1", "3×6");
    // What a method hands back may be the network's own.
    await refused(own, { sparsity: 0.99 }, "1 weights");
    const kept = before.flatMap((mask) => [...mask]).reduce((sum, bit) => sum + bit, 0);
    const same = definePruner({ name: "same", construct: own });
    await prune(placed, same, { quota: before.map((mask) => mask.reduce((sum, bit) => sum + bit, 0)), seed });
    assert.deepEqual(await masksOf(placed), before);
    assert.ok(kept > 0 && device.memory.live === live);
    await assert.rejects(
      () =>
        prune(
          placed,
          definePruner({ name: "own", construct: () => Promise.reject(new RangeError("enough")) }),
          { sparsity: 0.5, seed },
        ),
      RangeError,
    );
    assert.equal(device.memory.live, live);
  },
);

onBothDevices(
  "prune: a method that says how many weights each layer keeps leaves the rest to chance",
  async (device) => {
    using placed = network(device, WIDTHS);
    const asked: number[] = [];
    const halves = definePruner({
      name: "halves",
      reads: "nothing",
      quota({ network: { weights }, keep }) {
        asked.push(keep, weights.length);
        return [keep - Math.floor(keep / 2), Math.floor(keep / 2)];
      },
    });
    const first = await prune(placed, halves, { sparsity: 0.5, seed });
    assert.deepEqual(first.kept, [11, 10]);
    const masks = await masksOf(placed);
    unmask(placed);
    // In rounds, too; and the caller's own numbers win.
    const second = await prune(placed, halves, { sparsity: 0.7, rounds: 3, seed });
    assert.deepEqual(second.kept, [7, 6]);
    (await masksOf(placed)).forEach((mask, l) => mask.forEach((bit, at) => assert.ok(bit <= masks[l][at])));
    unmask(placed);
    assert.deepEqual((await prune(placed, halves, { quota: [1, 18], seed })).kept, [1, 18]);
    assert.deepEqual(asked, [21, 2, 13, 2]);
    unmask(placed);
    await prune(placed, halves, { sparsity: 0.5, seed: seedFrom(2) });
    assert.notDeepEqual(await masksOf(placed), masks);
    await assert.rejects(
      () => prune(placed, halves, { sparsity: 0.5, scope: "layer", seed }),
      oneLine(InvalidArgumentError, "halves", "global", '"layer"'),
    );
    const wrong = definePruner({ name: "wrong", quota: () => [25, 0] });
    await assert.rejects(
      () => prune(placed, wrong, { sparsity: 0.5, seed }),
      oneLine(InvalidArgumentError, "quota", "layer 0", "25"),
    );
  },
);

onBothDevices("prune: what a recoverable method removed may return in a later round", async (device) => {
  for (const where of ["host", "device"] as const) {
    for (const recoverable of [true, false]) {
      using placed = network(device, WIDTHS);
      const turning = definePruner({
        name: "turning",
        rounds: 2,
        recoverable,
        // The second round would have what the first one removed, and nothing of what it kept.
        score: ({ round, network: { weights } }) =>
          weights.map(({ rows, cols, count }) => {
            const scores = Float32Array.from({ length: count }, (_, at) => round === 0 ? at : -at);
            return where === "host" ? scores : device.upload(scores, rows, cols);
          }) as Float32Array[],
      });
      await prune(placed, turning, { sparsity: 0.75, scope: "layer", seed });
      const [first] = await masksOf(placed), kept = [...first.keys()].filter((at) => first[at]);
      if (recoverable) assert.deepEqual(kept, [0, 1, 2, 3, 4, 5], where);
      // On the device they must be the least of all themselves: the highest go, of which none is left to keep.
      else assert.deepEqual(kept, where === "host" ? [12, 13, 14, 15, 16, 17] : [], where);
    }
  }
});

/** A network whose weights are hard to bring back: −0, the smallest number, the largest, and biases. */
async function awkwardNetwork(device: Device): Promise<{ placed: Network; before: Float32Array[] }> {
  const placed = initialise(device, WIDTHS, "he", { seed: seedFrom(7), bias: "torch" });
  const odd = Float32Array.of(-0, 2 ** -149, -3e38, 1e-38, 0, 1);
  device.write(
    placed.weights[0].matrix,
    Float32Array.from({ length: 24 }, (_, at) => odd[at % odd.length]),
    0,
  );
  maskRandomly(placed, 0.7, 5);
  return { placed, before: await parametersOf(placed) };
}

function parametersOf({ device, parameters }: Network): Promise<Float32Array[]> {
  return Promise.all(parameters.map(({ matrix }) => device.read(matrix)));
}

/** What the context of a method's first round lets it do. */
async function inScore<T>(
  placed: Network,
  work: (context: ScoreContext) => Promise<T>,
  given: object = {},
): Promise<T> {
  let result: { value: T } | undefined;
  const method = definePruner({
    name: "working",
    async score(context) {
      result = { value: await work(context) };
      return placed.weights.map(({ count }) => new Float32Array(count));
    },
  });
  await prune(placed, method, { sparsity: 0, seed, ...given });
  return result!.value;
}

onBothDevices("withFresh: weights drawn anew under the masks, its own back to the bit", async (device) => {
  const { placed, before } = await awkwardNetwork(device);
  using _placed = placed;
  const { live } = device.memory, masks = await masksOf(placed);
  const fresh = (law: Redraw, number: number) =>
    inScore(placed, ({ withFresh }) => withFresh(law, number, () => parametersOf(placed)));
  for (const law of REDRAWS) {
    const [first, again, second] = [await fresh(law, 0), await fresh(law, 0), await fresh(law, 1)];
    assert.deepEqual(again, first);
    placed.parameters.forEach(({ role }, p) => {
      if (role === "bias") assert.deepEqual(first[p], before[p]);
      else for (const other of [before[p], second[p]]) assert.notDeepEqual(first[p], other);
    });
    assert.deepEqual(await parametersOf(placed), before);
  }
  // Laws are those of `redraw`: the seed alone is another.
  const [he] = await fresh("he", 3), [lecun] = await fresh("lecun", 3);
  he.forEach((weight, at) => assert.ok(Math.abs(weight - Math.SQRT2 * lecun[at]) < 1e-6));
  {
    using other = initialise(device, WIDTHS, "he", { seed: seedFrom(9) });
    redraw(other, "he", { seed });
    assert.notDeepEqual(he, await device.read(other.weights[0].matrix), "not those of the seed itself");
  }
  const failing = inScore(placed, ({ withFresh }) =>
    withFresh("he", 0, () => {
      throw new RangeError("enough");
    }));
  await assert.rejects(failing, RangeError);
  assert.deepEqual(await parametersOf(placed), before);
  await assert.rejects(() => fresh("xavier" as "he", 0), oneLine(InvalidArgumentError, '"xavier"'));
  await assert.rejects(() => fresh("he", -1), oneLine(InvalidArgumentError, "number", "-1"));
  assert.deepEqual(await parametersOf(placed), before);
  assert.deepEqual(await masksOf(placed), masks);
  assert.equal(device.memory.live, live);
});

onBothDevices(
  "withTraining: some steps of gradient descent on the batch, undone to the bit",
  async (device) => {
    const { placed, before } = await awkwardNetwork(device);
    using _placed = placed;
    // The largest numbers train to nothing.
    const tame = before[0].map((weight) => Math.abs(weight) > 10 ? 0.1 : weight);
    device.write(placed.weights[0].matrix, tame, 0);
    before[0] = tame;
    using batch = samples(device, placed, 6);
    const { live } = device.memory, masks = await masksOf(placed);
    const trained = (steps: number, learningRate = 0.3) =>
      inScore(
        placed,
        ({ withTraining }) => withTraining({ steps, learningRate }, () => parametersOf(placed)),
        { batch },
      );
    const found = [await trained(0), await trained(1), await trained(3)];
    assert.deepEqual(await parametersOf(placed), before);
    // One network trained by hand, from what the masks leave.
    using hand = initialise(device, WIDTHS, "he", { seed, bias: "zero" });
    for (const [p, { matrix }] of hand.parameters.entries()) device.write(matrix, before[p], 0);
    hand.weights.forEach((weight, l) => {
      const { rows, cols } = weight;
      weight.setMask(device.uploadBits(packBits(masks[l], rows, cols), rows, cols));
    });
    const options = {
      loss: crossEntropyLoss(),
      optimiser: sgd(),
      memory: hand.parameters.map(() => []),
      rate: 0.3,
    };
    for (let step = 1; step <= 3; step++) {
      takeStep(hand, batch, { ...options, step });
      if (step === 1) assert.deepEqual(await parametersOf(hand), found[1]);
    }
    assert.deepEqual(await parametersOf(hand), found[2]);
    found[0].forEach((values, p) => assert.deepEqual(values, before[p]));
    const failing = inScore(
      placed,
      ({ withTraining }) =>
        withTraining({ steps: 2, learningRate: 0.3 }, () => Promise.reject(new RangeError("enough"))),
      { batch },
    );
    await assert.rejects(failing, RangeError);
    await assert.rejects(() => trained(1.5), oneLine(InvalidArgumentError, "steps", "1.5"));
    await assert.rejects(() => trained(1, NaN), oneLine(InvalidArgumentError, "learning rate", "NaN"));
    const batchless = inScore(
      placed,
      ({ withTraining }) => withTraining({ steps: 1, learningRate: 1 }, () => 0),
    );
    await assert.rejects(batchless, oneLine(InvalidArgumentError, "batch", "working"));
    assert.deepEqual(await parametersOf(placed), before);
    hand[Symbol.dispose]();
    assert.equal(device.memory.live, live);
  },
);

onBothDevices("withFresh, withTraining: refuse weights that are not kept", async (device) => {
  using made = initialise(device, WIDTHS, "he", { seed, weights: "regenerated" });
  using batch = samples(device, made, 3);
  const works: ((context: ScoreContext) => Promise<unknown>)[] = [
    ({ withFresh }) => withFresh("he", 0, () => 0),
    ({ withTraining }) => withTraining({ steps: 1, learningRate: 1 }, () => 0),
  ];
  for (const work of works) {
    await assert.rejects(
      () => inScore(made, work, { batch }),
      oneLine(InvalidArgumentError, "kept", "regenerated"),
    );
  }
});

onBothDevices("prune: a signal ends it between rounds", async (device) => {
  using placed = network(device, [10, 20, 10]);
  using batch = samples(device, placed, 5);
  const { live } = device.memory, controller = new AbortController();
  let scored = 0;
  const counting = definePruner({
    ...snip,
    name: "counting",
    score(context) {
      scored++;
      return snip.score!(context);
    },
  });
  const onProgress = (round: number) => round === 2 && controller.abort(new RangeError("enough"));
  const options = { sparsity: 0.9, rounds: 50, batch, seed, onProgress, signal: controller.signal };
  await assert.rejects(() => prune(placed, counting, options), { message: "enough" });
  // Rounds that take milliseconds are reported several at a time.
  assert.ok(scored >= 2 && scored <= 4, `${scored} rounds`);
  unmask(placed);
  assert.equal(device.memory.live, live);
  await assert.rejects(() => prune(placed, counting, options), { message: "enough" });
  assert.ok(scored <= 4, "nothing begins after the signal");
  assert.ok(placed.weights.every(({ mask }) => mask === undefined));
});

onBothDevices("prune: a signal from outside is heard while nothing waits", async (device) => {
  using placed = network(device, [10, 20, 10]);
  using batch = samples(device, placed, 5);
  const controller = new AbortController();
  // A round that keeps the thread, as those of wide networks do.
  const busy = definePruner({
    ...snip,
    name: "busy",
    score(context) {
      for (const begun = performance.now(); performance.now() - begun < 20;);
      return snip.score!(context);
    },
  });
  setTimeout(() => controller.abort(new RangeError("enough")), 1);
  const begun = performance.now(), options = { sparsity: 0.9, rounds: 500, batch, seed };
  await assert.rejects(() => prune(placed, busy, { ...options, signal: controller.signal }), {
    message: "enough",
  });
  assert.ok(performance.now() - begun < 5000, "500 rounds take ten seconds");
});

onBothDevices("prune: an option that is undefined is one left out", async (device) => {
  const run = async (method: Method, options: object) => {
    using placed = network(device, [10, 20, 10]);
    using batch = samples(device, placed, 5);
    const result = await prune(
      placed,
      method,
      { sparsity: 0.7, batch, seed, ...options } as Parameters<typeof prune>[2],
    );
    return { ...result, masks: await masksOf(placed) };
  };
  const names = ["scope", "quota", "rounds", "schedule", "scores", "signal", "onProgress"];
  await fc.assert(
    fc.asyncProperty(fc.subarray(names), fc.constantFrom(...METHODS.values()), async (left, method) => {
      const absent = Object.fromEntries(left.map((name) => [name, undefined]));
      assert.deepEqual(await run(method, absent), await run(method, {}));
    }),
    { numRuns: 20 },
  );
  const { name, score } = snip;
  const fields = ["label", "reads", "rounds", "recoverable", "construct", "quota", "recorded", "style"];
  const absent = Object.fromEntries(fields.map((field) => [field, undefined]));
  const bare = definePruner({ name, score: score! });
  const odd = definePruner({ ...absent, name, score } as Parameters<typeof definePruner>[0]);
  assert.deepEqual([odd.label, odd.reads], [bare.label, bare.reads]);
  assert.deepEqual(await run(odd, {}), await run(bare, {}));
});
