/// <reference lib="dom" />
import assert from "node:assert/strict";
import { openDevice } from "@graphon-limit/runtime";
import { TOUR } from "../../packages/explorer/tour/steps.ts";
import { VERSION } from "../../packages/explorer/version.ts";
import { maskHandlers } from "../../packages/explorer/views/masks/handlers.ts";
import type { LimitPicture, MaskParams, MaskPicture } from "../../packages/explorer/views/masks/requests.ts";
import { trainingHandlers } from "../../packages/explorer/views/training/handlers.ts";
import type { KernelPicture, Steps } from "../../packages/explorer/views/training/requests.ts";
import { VIEWS } from "../../packages/explorer/views/views.ts";
import { Lab } from "../../packages/explorer/worker/lab.ts";

const call = { signal: new AbortController().signal, onProgress: () => {} };

/** The state of the step of that title. */
function stateOf(title: string) {
  const step = TOUR.find((one) => one.title === title);
  assert.ok(step, title);
  return step.state;
}

function paramsOf(title: string): MaskParams {
  const { method, width, depth, sparsity, seed, layer } = stateOf(title);
  return {
    method: String(method),
    ...{ width: Number(width), hidden: Number(depth), sparsity: Number(sparsity) },
    ...{ seed: Number(seed), layer: Number(layer) },
  };
}

Deno.test("tour: a step's state is one of a view, and all of it but where nothing is to be chosen", () => {
  for (const { title, state: { view, ...state } } of TOUR) {
    const { name, fields } = VIEWS.find(({ name }) => name === view)!;
    for (const [field, value] of Object.entries(state)) {
      assert.ok(field in fields, `${title}: ${field}`);
      assert.deepEqual(fields[field].parse(String(value)), value, `${title}: ${field}`);
    }
    if (name !== "own") assert.deepEqual(Object.keys(state).sort(), Object.keys(fields).sort(), title);
  }
  assert.ok(TOUR.length >= 12);
});

Deno.test("tour: what it says of masks and their limits is so", async () => {
  using device = await openDevice({ kind: "cpu" });
  const lab = new Lab(device), [draw, limit] = maskHandlers;
  const look = async (title: string) => {
    const params = paramsOf(title);
    return {
      mask: await draw.answer(lab, params, call) as MaskPicture,
      limit: await limit.answer(lab, params, call) as LimitPicture,
    };
  };
  const corner = ({ graphon }: { readonly graphon: ArrayLike<number> }) => graphon[0];
  const last = ({ graphon }: { readonly graphon: ArrayLike<number> }) => graphon[graphon.length - 1];
  const flat = ({ graphon }: LimitPicture) => Math.max(...graphon) - Math.min(...graphon) < 1e-9;

  const chance = await look("A network with most of its weights gone");
  assert.ok(Math.abs(chance.mask.layers[1].kept / 64 ** 2 - 0.2) < 0.02);
  const sorted = await look("Sort the neurons");
  assert.ok(corner(sorted.mask) > 0.7 && last(sorted.mask) === 0);
  const narrow = await look("Few neurons, much chance"), wide = await look("Many neurons: the limit");
  const ratio = narrow.limit.distance / wide.limit.distance;
  assert.ok(ratio > 8 && ratio < 12, `${ratio}`);
  assert.ok(wide.limit.distance < 1.2 * wide.limit.noiseFloor);
  const random = await look("Random pruning: a flat graphon");
  assert.ok(flat(random.limit) && Math.abs(corner(random.limit) - 0.2) < 1e-6);
  assert.ok(random.limit.distance > random.limit.noiseFloor);
  assert.ok(flat((await look("Magnitude pruning: flat as well")).limit));
  const grasp = await look("GraSP: graded, with hubs");
  assert.ok(corner(grasp.limit) > 0.5 && last(grasp.limit) < 1e-6);
  assert.ok(Math.max(...grasp.limit.graphon) < Math.max(...wide.limit.graphon));
  const { mask: block } = await look("SynFlow: a block, and dead neurons");
  assert.ok(block.deadInputs > 128 && block.deadOutputs > 50);
});

Deno.test("tour: what it says of kernels and training is so", async () => {
  using device = await openDevice({ kind: "cpu" });
  const lab = new Lab(device);
  const ask = async <T>(name: string, params: unknown) =>
    await trainingHandlers.find((handler) => handler.name === name)!.answer(lab, params, call) as T;
  const kernels = async (title: string) => {
    const params = { ...paramsOf(title), perClass: 10 };
    const of = (method: string) => ask<KernelPicture>("training/kernel", { ...params, method });
    return { own: await of(params.method), random: await of("random") };
  };
  const snip = await kernels("What a network can learn quickly");
  assert.ok(snip.own.energy5 > snip.random.energy5 + 0.1);
  const magnitude = await kernels("Larger, and hardly more concentrated");
  assert.ok(magnitude.own.trace > 10 * magnitude.random.trace);
  const more = magnitude.own.energy5 - magnitude.random.energy5;
  assert.ok(more > 0 && more < 0.5 * (snip.own.energy5 - snip.random.energy5));

  const { rate, rates, learnt, steps } = stateOf("Does it learn better?");
  const contenders = ["snip", "random"];
  const question = {
    race: { ...paramsOf("Does it learn better?"), contenders, perClass: Number(learnt) },
    rate: { share: Number(rate), rates },
  };
  await ask("training/forecasts", { ...question, steps });
  const losses = await Promise.all(
    contenders.map(async (contender) =>
      (await ask<Steps>("training/steps", { ...question, contender, from: 0, to: steps })).losses
    ),
  );
  const [first, end] = [0, Number(steps) - 1].map((at) => losses.map((one) => one[at]));
  assert.ok(first[0] > 5 * first[1], "SNIP begins far from zero, random pruning near");
  assert.ok(end[0] > end[1], "random pruning ends lower");
});

Deno.test("explorer: numbers that are saved name the project's version", async () => {
  const { version } = JSON.parse(await Deno.readTextFile("packages/explorer/deno.json"));
  assert.equal(VERSION, version);
});
