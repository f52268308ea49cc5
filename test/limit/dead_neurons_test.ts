import assert from "node:assert/strict";
import { limitGraphon } from "@graphon-limit/limit";
import { type Device, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { explicitLayer } from "../../packages/limit/explicit_layer.ts";
import { KeptWeights } from "../../packages/limit/kept_weights.ts";
import { estimateKept, type LayerEstimate } from "../../packages/limit/layer_estimate.ts";
import { networkLaw } from "../../packages/limit/layer_laws.ts";
import { testDevice } from "../ops/harness.ts";
import { normalBatch } from "./support.ts";

function onDevices(name: string, fn: (device: Device) => Promise<void>): void {
  for (const kind of ["webgpu", "cpu"] as const) {
    const run = async () => await fn(await testDevice(kind));
    Deno.test({ name: `${name}, on ${kind}`, sanitizeOps: false, sanitizeResources: false, fn: run });
  }
}

/** Chances of every pair of types, and the sizes of the layer that they are of. */
interface Layer {
  readonly rows: number;
  readonly cols: number;
  readonly outputs: number;
  readonly inputs: number;
  readonly chances: Float32Array;
}

type Dead = Pick<LayerEstimate, "deadOutputs" | "deadInputs">;

const GRID = { cells: 4, by: "area" } as const;

async function expectedDead(device: Device, { rows, cols, chances, ...sizes }: Layer): Promise<Dead> {
  using like = device.matrix(rows, cols);
  return await estimateKept(like, { grid: GRID, ...sizes }, (out) => device.write(out, chances, 0));
}

/** A type for each neuron: its own where there are as many, one at random otherwise. */
function typesOf(neurons: number, types: number, random: RandomSequence): number[] {
  return Array.from({ length: neurons }, (_, at) => neurons === types ? at : random.integer(types));
}

/** The fractions of rows and of columns of a mask that have nothing. */
function deadOf(outputs: number, inputs: number, kept: (i: number, j: number) => boolean): Dead {
  const rows = new Uint8Array(outputs), columns = new Uint8Array(inputs);
  for (let i = 0; i < outputs; i++) {
    for (let j = 0; j < inputs; j++) {
      if (kept(i, j)) rows[i] = columns[j] = 1;
    }
  }
  const share = (alive: Uint8Array) => alive.reduce((sum, value) => sum + 1 - value, 0) / alive.length;
  return { deadOutputs: share(rows), deadInputs: share(columns) };
}

/** Asserts that fractions are the means of drawn ones, to 4 standard errors. */
function assertMeans(expected: Dead, draw: () => Dead, what: string): void {
  const draws = Array.from({ length: 1500 }, draw);
  for (const side of ["deadOutputs", "deadInputs"] as const) {
    const values = draws.map((each) => each[side]), count = values.length;
    const mean = values.reduce((sum, value) => sum + value) / count;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const error = Math.sqrt(squares / (count - 1) / count);
    const gap = Math.abs(expected[side] - mean);
    assert.ok(gap <= 4 * error + 1e-6, `${what}, ${side}: ${expected[side]}, drawn ${mean} ± ${error}`);
  }
}

/** Chances of every size in the mean `density`, a tenth of them 0 and 2 % of them 1. */
function mixedChances(count: number, density: number, random: RandomSequence): Float32Array {
  return Float32Array.from({ length: count }, () => {
    const place = random.uniform();
    return place < 0.1 ? 0 : place > 0.98 ? 1 : Math.min(density * -Math.log(random.uniform()), 1);
  });
}

onDevices("estimateKept: dead neurons are those of masks that are drawn from the chances", async (device) => {
  const random = new RandomSequence(seedFrom(5));
  // Neurons with a type each; an axis of types that are a sample; few outputs; more neurons than types.
  const shapes = [[12, 9, 12, 9], [40, 6, 12, 6], [3, 40, 3, 20], [30, 30, 12, 12], [1, 8, 1, 8], [
    5,
    6,
    20,
    15,
  ]];
  for (const [rows, cols, outputs, inputs] of shapes) {
    for (const density of [0.05, 0.3]) {
      const chances = mixedChances(rows * cols, density, random);
      const layer = { rows, cols, outputs, inputs, chances };
      assertMeans(await expectedDead(device, layer), () => {
        const above = typesOf(outputs, rows, random), below = typesOf(inputs, cols, random);
        return deadOf(outputs, inputs, (i, j) => random.uniform() < chances[above[i] * cols + below[j]]);
      }, `${[rows, cols, outputs, inputs]} at ${density}`);
    }
  }
});

onDevices(
  "estimateKept: of an empty layer all are dead, of a whole one none, of endless ones none that keep",
  async (device) => {
    for (const sizes of [[7, 5], [1, 1], [3, 8], [Infinity, Infinity]]) {
      const layer = { rows: 7, cols: 5, outputs: sizes[0], inputs: sizes[1] };
      const dead = async (chance: number) => {
        const { deadOutputs, deadInputs } = await expectedDead(device, {
          ...layer,
          chances: new Float32Array(35).fill(chance),
        });
        return [deadOutputs, deadInputs];
      };
      assert.deepEqual(await dead(0), [1, 1]);
      assert.deepEqual(await dead(1), [0, 0]);
      if (sizes[0] === Infinity) assert.deepEqual(await dead(1e-4), [0, 0]);
    }
  },
);

onDevices("limitGraphon: of a network that keeps all of its weights none is dead", async (device) => {
  using batch = normalBatch(device, { features: 6, samples: 5, classes: 1 });
  const network = { inputs: 6, hidden: 1, classes: 1, width: 20 };
  for (const order of ["strict", "finite"] as const) {
    for (const method of ["snip", "grasp", "magnitude"]) {
      const options = { sparsity: 0, batch, order, types: 50, outputDraws: 1, grid: 4, seed: seedFrom(1) };
      for (const { deadInputs, deadOutputs } of await limitGraphon(device, method, network, options)) {
        assert.deepEqual([deadInputs, deadOutputs], [0, 0], `${method}, ${order}`);
      }
    }
  }
});

Deno.test("explicitLayer: dead neurons are those of masks whose hidden neurons keep so many weights each", () => {
  const random = new RandomSequence(seedFrom(6)), fan = 6;
  for (const [neurons, width] of [[9, 9], [50, 9], [9, 20]]) {
    const weights = new KeptWeights(neurons, fan, random, "normal");
    weights.raise(1, Float64Array.from({ length: neurons }, () => 1.2 * random.uniform()));
    const kept = [...weights.degrees().degrees].map((degree) => Math.round(degree * fan));
    const [law] = networkLaw({ inputs: fan, hidden: 1, classes: 1, width }).layers;
    assertMeans(explicitLayer(weights, "outputs", law, GRID), () => {
      const own = typesOf(width, neurons, random).map((type) => chosen(kept[type], fan, random));
      return deadOf(width, fan, (i, j) => own[i].has(j));
    }, `${neurons} for ${width}`);
  }
});

/** So many numbers below `below`, all sets of them alike. */
function chosen(count: number, below: number, random: RandomSequence): Set<number> {
  const left = Array.from({ length: below }, (_, at) => at);
  return new Set(Array.from({ length: count }, () => left.splice(random.integer(left.length), 1)[0]));
}
