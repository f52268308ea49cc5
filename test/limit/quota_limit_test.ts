import assert from "node:assert/strict";
import { limitGraphon, raoBlackwell } from "@graphon-limit/limit";
import { initialise } from "@graphon-limit/model";
import { methodNamed, prune } from "@graphon-limit/pruners";
import { seedFrom } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";

const INPUTS = 30, CLASSES = 7, HIDDEN = 3, seed = seedFrom(8);

/** Sizes of the layers, at a hidden width. */
function sizesAt(width: number): number[] {
  const widths = [INPUTS, ...new Array<number>(HIDDEN).fill(width), CLASSES];
  return widths.slice(1).map((outputs, layer) => outputs * widths[layer]);
}

for (const method of ["uniform", "erk"]) {
  Deno.test(`limitGraphon: ${method} keeps in each layer what its masks do, whatever the neurons`, async () => {
    const device = await testDevice("cpu");
    for (const width of [20, 100]) {
      for (const sparsity of [0, 0.2, 0.7, 0.95]) {
        using network = initialise(device, [INPUTS, width, width, width, CLASSES], "he", { seed });
        const law = { inputs: INPUTS, hidden: HIDDEN, classes: CLASSES, width };
        const limit = await limitGraphon(device, method, law, { sparsity, seed, grid: 3 });
        const own = await raoBlackwell(network, method, { sparsity, grid: 3 });
        const { kept } = await prune(network, methodNamed(method), { sparsity, seed });
        sizesAt(width).forEach((size, layer) => {
          const density = kept[layer] / size, what = `${width}, ${sparsity}, layer ${layer}`;
          // A network keeps whole weights, and one more or less of a layer moves another's.
          assert.ok(Math.abs(limit[layer].density - density) <= 2 / size, `${what}: ${limit[layer].density}`);
          assert.equal(own[layer].density, density, what);
          for (const { graphon, secondMoment } of [limit[layer], own[layer]]) {
            assert.ok(graphon.values.every((value) => value === graphon.values[0]), what);
            assert.deepEqual(secondMoment.values, graphon.values);
          }
          assert.ok(limit[layer].standardError!.every((error) => error === 0));
        });
      }
    }
  });
}

Deno.test("limitGraphon: at n = ∞ ERK has the same density between hidden layers, and whole outer ones", async () => {
  const device = await testDevice("cpu"), options = { sparsity: 0.9, seed, grid: 2 };
  const law = { inputs: INPUTS, hidden: HIDDEN, classes: CLASSES };
  const endless = await limitGraphon(device, "erk", { ...law, width: Infinity }, options);
  const densities = endless.map(({ density }) => density);
  [1, 0.1, 0.1, 1].forEach((expected, layer) =>
    assert.ok(Math.abs(densities[layer] - expected) < 1e-9, `${densities}`)
  );
  // With one hidden layer both layers have as many neurons: each gets half, of which the outputs' cannot take all.
  const [first, last] = await limitGraphon(device, "erk", { ...law, hidden: 1, width: Infinity }, {
    ...options,
    sparsity: 0.5,
  });
  assert.ok(Math.abs(last.density - 1) < 1e-9);
  assert.ok(Math.abs(first.density - (0.5 * (INPUTS + CLASSES) - CLASSES) / INPUTS) < 1e-9);
  // Wide networks come near.
  const gaps: number[] = [];
  for (const width of [1e3, 1e5, 1e7]) {
    const wide = await limitGraphon(device, "erk", { ...law, width }, options);
    gaps.push(Math.max(...wide.map(({ density }, layer) => Math.abs(density - densities[layer]))));
  }
  assert.ok(gaps[1] < gaps[0] && gaps[2] < gaps[1] && gaps[2] < 1e-4, `${gaps}`);
  const uniform = await limitGraphon(device, "uniform", { ...law, width: Infinity }, options);
  for (const { density } of uniform) assert.ok(Math.abs(density - 0.1) < 1e-12);
});
