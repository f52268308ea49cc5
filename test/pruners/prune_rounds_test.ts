import assert from "node:assert/strict";
import { initialise, type Network } from "@graphon-limit/model";
import { definePruner, prune, pruneRounds, SCOPES, sharesOf, synflow } from "@graphon-limit/pruners";
import { type Device, packBits, seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";

const seed = seedFrom(2);

function networkOn(device: Device): Network {
  return initialise(device, [6, 12, 9, 3], "he", { seed });
}

for (const scope of SCOPES) {
  Deno.test(`pruneRounds: the thresholds of every round, the last of them prune's, scope ${scope}`, async () => {
    const device = await testDevice("cpu"), rounds = 4;
    const options = { sparsity: 0.8, scope, seed };
    using network = networkOn(device);
    const found = await pruneRounds(network, synflow, { ...options, rounds });
    using again = networkOn(device);
    const { thresholds, kept } = await prune(again, synflow, { ...options, rounds });
    assert.deepEqual([found.rounds.length, found.rounds.at(-1), found.kept], [rounds, thresholds, kept]);
    // A round by itself is the first of several: with the exponential schedule it leaves a fourth root.
    using once = networkOn(device);
    const first = await prune(once, synflow, { ...options, sparsity: 1 - 0.2 ** (1 / rounds), rounds: 1 });
    assert.deepEqual(found.rounds[0], first.thresholds);
  });
}

Deno.test("pruneRounds: masks that are constructed have no threshold in any round", async () => {
  const device = await testDevice("cpu");
  using network = initialise(device, [4, 2], "he", { seed });
  const half = definePruner({
    name: "half",
    construct: () => [device.uploadBits(packBits(Uint8Array.of(1, 1, 0, 0, 0, 0, 1, 1), 2, 4), 2, 4)],
  });
  assert.deepEqual(await pruneRounds(network, half, { sparsity: 0.5, seed }), {
    ...{ rounds: [], ties: [], asked: [4], kept: [4] },
  });
  network.weights[0].setMask(undefined);
  assert.deepEqual(await prune(network, half, { sparsity: 0.5, seed }), {
    ...{ thresholds: [], ties: [], asked: [4], kept: [4] },
  });
});

Deno.test("sharesOf: in proportion to parts, what a full layer cannot take being shared", () => {
  assert.deepEqual(sharesOf(9, [1, 2], [100, 100]), [3, 6]);
  assert.deepEqual(sharesOf(9, [1, 2], [100, 5]), [4, 5]);
  assert.deepEqual(sharesOf(1.5, [3, 1, 1], [0.25, 2, 1]), [0.25, 0.625, 0.625]);
});
