import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fourCycleDensity,
  homomorphismDensities,
  pathDensity,
  sampleFromGraphon,
  starDensity,
  StepGraphon,
  threePathDensity,
} from "@graphon-limit/graphon";
import { InvalidArgumentError, RandomSequence, seedFrom, unpackBits } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { oneLine } from "../runtime/support.ts";
import { fewCells, randomGraphon, shuffled } from "./support.ts";

const drawn = fc.record({ rows: fewCells, cols: fewCells, seed: fc.nat() });
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a}, ${b}`);

Deno.test("homomorphism densities: of a constant p they are p to the number of edges", async () => {
  const p = 0.3, constant = StepGraphon.constant(p, 4, 6);
  close(starDensity(constant, "outputs", 5), p ** 5);
  close(starDensity(constant, "inputs", 2), p ** 2);
  close(threePathDensity(constant), p ** 3);
  close(await fourCycleDensity(constant), p ** 4);
  close(pathDensity([StepGraphon.constant(p, 5, 3), StepGraphon.constant(0.5, 2, 5)]), 0.5 * p);
});

Deno.test("homomorphism densities: of a product f(u)g(v) they are products of moments", async () => {
  await fc.assert(fc.asyncProperty(drawn, async ({ rows, cols, seed }) => {
    const f = randomGraphon(seed, rows, 1).values, g = randomGraphon(seed + 1, cols, 1).values;
    const values = Float64Array.from(
      { length: rows * cols },
      (_, cell) => f[Math.floor(cell / cols)] * g[cell % cols],
    );
    const graphon = new StepGraphon(rows, cols, values);
    const moment = (of: Float64Array, k: number) =>
      of.reduce((sum, value) => sum + value ** k, 0) / of.length;
    close(starDensity(graphon, "outputs", 3), moment(f, 3) * moment(g, 1) ** 3);
    close(starDensity(graphon, "inputs", 2), moment(g, 2) * moment(f, 1) ** 2);
    close(threePathDensity(graphon), moment(f, 1) * moment(f, 2) * moment(g, 1) * moment(g, 2));
    close(await fourCycleDensity(graphon), moment(f, 2) ** 2 * moment(g, 2) ** 2);
  }));
});

Deno.test("homomorphism densities: the same for any order of the positions and on a finer grid", async () => {
  await fc.assert(fc.asyncProperty(drawn, async ({ rows, cols, seed }) => {
    const graphon = randomGraphon(seed, rows, cols), expected = await homomorphismDensities(graphon);
    for (const other of [shuffled(graphon, seed), graphon.regrid(2 * rows, 3 * cols)]) {
      const found = await homomorphismDensities(other);
      for (const name of Object.keys(expected) as (keyof typeof expected)[]) {
        close(found[name], expected[name]);
      }
    }
  }));
});

Deno.test("pathDensity: one layer has its edge density; layers that all keep change nothing", () => {
  fc.assert(fc.property(drawn, ({ rows, cols, seed }) => {
    const graphon = randomGraphon(seed, rows, cols);
    close(pathDensity([graphon]), graphon.density);
    close(
      pathDensity([StepGraphon.constant(1, cols, 2), graphon, StepGraphon.constant(1, 3, rows)]),
      graphon.density,
    );
  }));
  // Worked by hand: of the four middle nodes' halves, the first is reached by 1 and passes on 0.5, the second not at all.
  const first = new StepGraphon(2, 1, Float64Array.of(1, 0.25)),
    second = new StepGraphon(1, 2, Float64Array.of(0.5, 0));
  close(pathDensity([first, second]), 0.25);
  assert.throws(() => pathDensity([]), oneLine(InvalidArgumentError, "none"));
  assert.throws(
    () => pathDensity([first, first]),
    oneLine(InvalidArgumentError, "layer 1", "2 columns", "2×1"),
  );
  assert.throws(() => starDensity(first, "outputs", 0), oneLine(InvalidArgumentError, "leaves", "0"));
});

Deno.test({
  name: "homomorphism densities: how often random nodes of sampled masks form the small graphs",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    // Random nodes of a large sampled graph; draws that repeat a node are 1 in hundreds and within the margin.
    const device = await testDevice("cpu"), n = 600, draws = 200_000;
    const layers = [
      StepGraphon.from((u, v) => 1 - 0.8 * u * v, 8),
      StepGraphon.from((u, v) => 0.9 * (1 - u) + 0.1 * v, 8),
    ];
    const bits: Uint8Array[] = [];
    for (const [layer, graphon] of layers.entries()) {
      using mask = sampleFromGraphon(device, graphon, n, n, { seed: seedFrom(8), layer });
      bits.push(unpackBits(await device.readBits(mask), n, n));
    }
    const random = new RandomSequence(9), node = () => random.integer(n);
    const counts = { star3: 0, inputStar2: 0, path3: 0, cycle4: 0, path: 0 };
    const kept = (layer: number, i: number, j: number) => bits[layer][i * n + j];
    for (let draw = 0; draw < draws; draw++) {
      const [i, k, j, l, m] = [node(), node(), node(), node(), node()];
      counts.star3 += kept(0, i, j) & kept(0, i, l) & kept(0, i, m);
      counts.inputStar2 += kept(0, i, j) & kept(0, k, j);
      counts.path3 += kept(0, i, j) & kept(0, i, l) & kept(0, k, l);
      counts.cycle4 += kept(0, i, j) & kept(0, i, l) & kept(0, k, j) & kept(0, k, l);
      counts.path += kept(0, i, j) & kept(1, k, i);
    }
    const expected = {
      star3: starDensity(layers[0], "outputs", 3),
      inputStar2: starDensity(layers[0], "inputs", 2),
      path3: threePathDensity(layers[0]),
      cycle4: await fourCycleDensity(layers[0]),
      path: pathDensity(layers),
    };
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) {
      const found = counts[name] / draws;
      // Four standard errors of the draws, and 1/n for what the sampled graph itself is off.
      const margin = 4 * Math.sqrt(expected[name] * (1 - expected[name]) / draws) + 1 / n;
      assert.ok(Math.abs(found - expected[name]) < margin, `${name}: ${found}, expected ${expected[name]}`);
    }
  },
});
