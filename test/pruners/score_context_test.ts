import assert from "node:assert/strict";
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
import { definePruner, prune, type ScoreContext } from "@graphon-limit/pruners";
import { type Device, InvalidArgumentError, packBits, seedFrom } from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";
import { maskRandomly, masksOf, samples } from "./support.ts";

const WIDTHS = [4, 6, 3], seed = seedFrom(1);

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
