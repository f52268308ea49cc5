import assert from "node:assert/strict";
import { balancedBatch, generateDigits } from "@graphon-limit/data";
import { METHOD_CHOICES } from "@graphon-limit/explorer";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { initialise, uploadBatch } from "@graphon-limit/model";
import { methodNamed, prune } from "@graphon-limit/pruners";
import { type Device, openDevice, RandomSequence, seedFrom, unpackBits } from "@graphon-limit/runtime";
import { maskHandlers } from "../../packages/explorer/views/masks/handlers.ts";
import type { LimitPicture, MaskParams, MaskPicture } from "../../packages/explorer/views/masks/requests.ts";
import { Lab } from "../../packages/explorer/worker/lab.ts";

const CALL = { signal: new AbortController().signal, onProgress: () => {} };

/** Asks as the page does. */
async function answer<R>(lab: Lab, name: string, params: MaskParams): Promise<R> {
  const handler = maskHandlers.find((handler) => handler.name === name)!;
  return await handler.answer(lab, params, CALL) as R;
}

const digits = generateDigits({ seed: 2, count: 10_000 });

/** The mask of a layer, by the library alone. */
async function maskOf(
  device: Device,
  { method, width, hidden, sparsity, seed, layer }: MaskParams,
): Promise<{ bits: Uint8Array; graphon: Float64Array }> {
  const { x, y } = balancedBatch(digits, 10, seedFrom(seed));
  using batch = uploadBatch(device, x, y);
  const widths = [784, ...new Array<number>(hidden).fill(width), 10];
  using network = initialise(device, widths, "he", { seed: seedFrom(seed) });
  await prune(network, methodNamed(method), { sparsity, batch, seed: seedFrom(seed) });
  const mask = network.weights[layer].mask!;
  const bits = unpackBits(await device.readBits(mask), mask.rows, mask.cols);
  return { bits, graphon: (await sortAndSmooth(mask, 64)).graphon.values };
}

/** What the picture's rows and columns are in the network. */
function unsorted({ rows, cols, words, outputOrder, inputOrder }: MaskPicture): Uint8Array {
  const bits = new Uint8Array(rows * cols), sorted = unpackBits(words, rows, cols);
  outputOrder.forEach((row, i) =>
    inputOrder.forEach((column, j) => bits[row * cols + column] = sorted[i * cols + j])
  );
  return bits;
}

Deno.test("masks: pictures are of the library's masks, whatever sparsity was asked before", async () => {
  using device = await openDevice({ kind: "cpu" });
  const lab = new Lab(device);
  for (const { value: method } of METHOD_CHOICES) {
    for (const sparsity of [0.5, 0.9, 0.5]) {
      const params = { method, width: 40, hidden: 2, sparsity, seed: 2, layer: 1 };
      const picture = await answer<MaskPicture>(lab, "masks/picture", params);
      const { bits, graphon } = await maskOf(device, params);
      assert.deepEqual(unsorted(picture), bits, `${method} ${sparsity}`);
      assert.deepEqual(picture.graphon, graphon);
      assert.equal(picture.layers[1].kept, bits.reduce((sum, bit) => sum + bit, 0));
      const dead = [...picture.outputDegrees].filter((degree) => degree === 0).length;
      assert.equal(picture.deadOutputs, dead);
      assert.deepEqual(picture.outputDegrees, picture.outputDegrees.toSorted((a, b) => b - a));
    }
  }
});

Deno.test("masks: a distance to the limit is that of its cells, beside the noise that chance makes", async () => {
  using device = await openDevice({ kind: "cpu" });
  const lab = new Lab(device);
  for (const [method, layer] of [["random", 1], ["snip", 0], ["snip", 2]] as const) {
    const params = { method, width: 128, hidden: 2, sparsity: 0.8, seed: 2, layer };
    const limit = await answer<LimitPicture>(lab, "masks/limit", params);
    const { graphon } = await maskOf(device, params);
    const squared = graphon.reduce((sum, value, cell) => sum + (value - limit.graphon[cell]) ** 2, 0);
    assert.ok(Math.abs(limit.distance - Math.sqrt(squared)) < 1e-9 * limit.distance, method);
    assert.ok(Math.abs(limit.debiased ** 2 - Math.max(0, squared - limit.noiseFloor ** 2)) < 1e-6 * squared);
    // Masks drawn from the limit itself are as far from it as the floor says.
    assert.ok(
      limit.distance / limit.noiseFloor > 0.6 && limit.distance / limit.noiseFloor < 2,
      `${method} ${layer}`,
    );
    const again = await answer<LimitPicture>(lab, "masks/limit", params);
    assert.deepEqual(again.graphon, limit.graphon);
    assert.notEqual(again.graphon.buffer, limit.graphon.buffer, "what is kept is not handed over");
  }
});

Deno.test("masks: the noise floor of a constant limit is the distance of masks drawn from it, unsorted", async () => {
  using device = await openDevice({ kind: "cpu" });
  const lab = new Lab(device);
  for (const width of [32, 64, 100, 256]) {
    const params = { method: "random", width, hidden: 2, sparsity: 0.8, seed: 2, layer: 1 };
    const { noiseFloor, graphon } = await answer<LimitPicture>(lab, "masks/limit", params);
    const p = graphon[0];
    const squares: number[] = [], random = new RandomSequence(seedFrom(width));
    for (let trial = 0; trial < 200; trial++) {
      const bits = Uint8Array.from({ length: width * width }, () => random.uniform() < p ? 1 : 0);
      squares.push(cellsOf(bits, width).reduce((sum, value) => sum + (value - p) ** 2, 0));
    }
    const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
    assert.ok(
      Math.abs(Math.sqrt(mean) / noiseFloor - 1) < 0.05,
      `${width}: ${Math.sqrt(mean)} for ${noiseFloor}`,
    );
  }
});

/** Means over 64 × 64 cells of whole weights, of a matrix that is enlarged to as many if it is smaller. */
function cellsOf(bits: Uint8Array, width: number): Float64Array {
  const sums = new Float64Array(64 * 64), counts = new Float64Array(64 * 64), side = Math.max(width, 64);
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const [row, column] = [i, j].map((place) => Math.floor(place * width / side));
      const cell = Math.floor(i * 64 / side) * 64 + Math.floor(j * 64 / side);
      sums[cell] += bits[row * width + column];
      counts[cell]++;
    }
  }
  return sums.map((sum, cell) => sum / counts[cell]);
}

Deno.test("lab: networks that were used longest ago go, and with them their memory", async () => {
  using device = await openDevice({ kind: "cpu" });
  const lab = new Lab(device), live: number[] = [];
  for (let seed = 0; seed < 6; seed++) {
    await answer(lab, "masks/picture", {
      method: "snip",
      width: 32,
      hidden: 2,
      sparsity: 0.8,
      seed,
      layer: 1,
    });
    live.push(device.memory.live);
  }
  assert.equal(live[5], live[2]);
  assert.equal(live[1], 2 * live[0]);
});

Deno.test("masks: a layer that there is not is told in a line", async () => {
  using device = await openDevice({ kind: "cpu" });
  const lab = new Lab(device),
    params = { method: "random", width: 16, hidden: 1, sparsity: 0.5, seed: 0, layer: 4 };
  await assert.rejects(answer(lab, "masks/picture", params), /Expected a layer below 2 but found 4/);
});
