import assert from "node:assert/strict";
import { sortAndSmooth } from "@graphon-limit/graphon";
import { limitGraphon, limitNetwork } from "@graphon-limit/limit";
import { initialise } from "@graphon-limit/model";
import type { WeightLaw } from "@graphon-limit/ops";
import { phew, prune } from "@graphon-limit/pruners";
import { deriveSeed, openDevice, seedFrom } from "@graphon-limit/runtime";
import { crossed, meanSize, sizeSpread } from "../../packages/limit/walks.ts";

/** `E f(|ω|)`, by the midpoint rule. */
function expected(f: (size: number) => number, law: WeightLaw): number {
  const reach = law === "normal" ? 9 : Math.sqrt(3), steps = 200_000;
  let sum = 0;
  for (let step = 0; step < steps; step++) {
    const x = (step + 0.5) * reach / steps;
    const density = law === "normal" ? Math.sqrt(2 / Math.PI) * Math.exp(-x * x / 2) : 1 / reach;
    sum += f(x) * density * reach / steps;
  }
  return sum;
}

for (const law of ["normal", "uniform"] as const) {
  Deno.test(`crossed: is the integral over the weight, ${law}`, () => {
    assert.ok(Math.abs(meanSize(law) - expected((x) => x, law)) < 1e-8);
    const variance = expected((x) => (x / meanSize(law) - 1) ** 2, law);
    assert.ok(Math.abs(sizeSpread(law) ** 2 - variance) < 1e-8);
    for (const rate of [0, 1e-4, 5e-3, 0.3, 2.9, 3.9, 4.1, 11, 80, 900]) {
      const { kept, second } = crossed(rate, law);
      assert.ok(Math.abs(kept - expected((x) => -Math.expm1(-rate * x), law)) < 1e-7, `${rate}: ${kept}`);
      const expectedSecond = expected((x) => -x * x * Math.expm1(-rate * x), law);
      assert.ok(Math.abs(second - expectedSecond) < 1e-7, `${rate}: ${second}`);
    }
    assert.deepEqual(crossed(Infinity, law), { kept: 1, second: 1 });
  });
}

const INPUTS = 40, WIDTH = 60, HIDDEN = 3, CLASSES = 5, TRIALS = 30, GRID = 6;

for (const initialiser of ["he", "torch"] as const) {
  Deno.test(`limitGraphon of phew: layers and sorted rows keep what networks' do, ${initialiser}`, async () => {
    using device = await openDevice({ kind: "cpu" });
    const widths = [INPUTS, ...new Array<number>(HIDDEN).fill(WIDTH), CLASSES];
    for (const sparsity of [0.5, 0.8]) {
      const networks: number[][] = [], limits: number[][] = [];
      for (let trial = 0; trial < TRIALS; trial++) {
        const seed = deriveSeed(seedFrom(4), trial);
        using network = initialise(device, widths, initialiser, { seed });
        await prune(network, phew, { sparsity, seed });
        const found = await Promise.all(network.weights.map(({ mask }) => sortAndSmooth(mask!, 1)));
        networks.push(found.map(({ graphon }) => graphon.density));
        const law = { inputs: INPUTS, hidden: HIDDEN, classes: CLASSES, width: WIDTH, initialiser };
        const layers = await limitGraphon(device, "phew", law, {
          ...{ sparsity, types: WIDTH, grid: GRID, outputDraws: 1, seed },
        });
        limits.push(layers.map(({ density }) => density));
      }
      networks[0].forEach((_, layer) => {
        const column = (trials: number[][]) => trials.map((found) => found[layer]);
        const [a, b] = [column(networks), column(limits)].map((values) => {
          const mean = values.reduce((sum, value) => sum + value) / TRIALS;
          return {
            mean,
            squared: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / TRIALS / (TRIALS - 1),
          };
        });
        const off = b.mean - a.mean, error = Math.sqrt(a.squared + b.squared);
        // What is left out is of the order of one edge among a neuron's.
        assert.ok(
          Math.abs(off) < 4.5 * error + 0.006,
          `${sparsity}, layer ${layer}: ${a.mean}, off by ${off} ± ${error}`,
        );
      });
    }
  });
}

Deno.test("limitGraphon of phew: at n = ∞ hidden layers are constant but for the last one's rows", async () => {
  using device = await openDevice({ kind: "cpu" });
  const network = { inputs: INPUTS, hidden: HIDDEN, classes: CLASSES, width: Infinity };
  const { graphons } = await limitNetwork(device, "phew", network, {
    sparsity: 0.8,
    types: 200,
    seed: seedFrom(2),
  });
  const [first, second, third, last] = graphons;
  for (const graphon of [first, last]) assert.ok(graphon.density > 1 - 1e-6);
  assert.ok(second.values.every((value) => value === second.values[0]));
  const rows = [...third.degrees().outputs], mean = third.density;
  const spread = Math.sqrt(rows.reduce((sum, row) => sum + (row / mean - 1) ** 2, 0) / rows.length);
  assert.ok(spread > 0.1, `${spread}`);
  assert.ok(Math.abs((second.density + third.density) / 2 - 0.2) < 1e-4);
});

Deno.test("limitGraphon of phew: 40,000 walks through 784-500-500-10 keep what was counted elsewhere", async () => {
  using device = await openDevice({ kind: "cpu" });
  const network = { inputs: 784, hidden: 2, classes: 10, width: 500 };
  const counted = [0.0944, 0.1419, 0.925], sizes = [784 * 500, 500 * 500, 500 * 10];
  const kept = counted.reduce((sum, density, layer) => sum + density * sizes[layer], 0);
  const sparsity = 1 - kept / sizes.reduce((sum, size) => sum + size);
  for (const order of ["strict", "finite"] as const) {
    const layers = await limitGraphon(device, "phew", network, {
      sparsity,
      order,
      types: 300,
      seed: seedFrom(1),
    });
    layers.forEach(({ density }, layer) =>
      assert.ok(Math.abs(density / counted[layer] - 1) < 0.01, `${order}, ${layer}: ${density}`)
    );
  }
});
