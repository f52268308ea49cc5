import assert from "node:assert/strict";
import fc from "fast-check";
import { frobeniusDistance, sortAndSmooth, StepGraphon } from "@graphon-limit/graphon";
import { limitGraphon, LIMITS } from "@graphon-limit/limit";
import { openDevice, packBits, RandomSequence, seedFrom } from "@graphon-limit/runtime";
import { axisCells } from "../../packages/limit/cells.ts";
import { estimateKept } from "../../packages/limit/layer_estimate.ts";
import { normalBatch } from "./support.ts";

const sizes = fc.integer({ min: 1, max: 24 });
const rules = fc.constantFrom("area" as const, "neurons" as const);

Deno.test("axisCells: a cell is the mean of its neurons, or of its part of the axis, counted point by point", () => {
  fc.assert(fc.property(sizes, sizes, sizes, rules, fc.nat(), (types, neurons, cells, by, seed) => {
    const random = new RandomSequence(seedFrom(seed));
    const degrees = Float64Array.from({ length: types }, () => Math.floor(4 * random.uniform()));
    const { count, shares } = axisCells(degrees, neurons, { cells, by });
    assert.equal(count, by === "neurons" ? Math.min(neurons, cells) : cells);
    const order = [...degrees.keys()].sort((a, b) => degrees[b] - degrees[a] || a - b);
    const expected = Array.from({ length: count }, () => new Float64Array(types)),
      sizes = new Array(count).fill(0);
    // Every neuron, type and cell has a whole number of these points.
    const points = types * neurons * cells;
    for (let point = 0; point < points; point++) {
      const neuron = Math.floor(point * neurons / points);
      const cell = Math.floor(by === "neurons" ? neuron * count / neurons : point * count / points);
      expected[cell][order[Math.floor(point * types / points)]]++;
      sizes[cell]++;
    }
    for (const [type, cell, share] of shares) expected[cell][type] -= share * sizes[cell];
    for (const of of expected) for (const left of of) assert.ok(Math.abs(left) < 1e-9 * points, `${left}`);
  }));
});

Deno.test("axisCells: of infinitely many neurons none is cut", () => {
  fc.assert(fc.property(sizes, sizes, (types, cells) => {
    const degrees = new Float64Array(types);
    assert.deepEqual(
      axisCells(degrees, Infinity, { cells, by: "neurons" }),
      axisCells(degrees, 1, { cells, by: "area" }),
    );
  }));
});

Deno.test("estimateKept: a mask for chances of 0 and 1 gives sortAndSmooth's histogram by neurons, and its density by area", async () => {
  using device = await openDevice({ kind: "cpu" });
  await fc.assert(fc.asyncProperty(sizes, sizes, sizes, fc.nat(), async (rows, cols, cells, seed) => {
    const random = new RandomSequence(seedFrom(seed));
    const bits = Uint8Array.from({ length: rows * cols }, () => random.uniform() < 0.4 ? 1 : 0);
    using mask = device.uploadBits(packBits(bits, rows, cols), rows, cols);
    using like = device.matrix(rows, cols);
    const found = async (by: "neurons" | "area") => {
      const resolution = { grid: { cells, by }, outputs: rows, inputs: cols };
      const values = Float32Array.from(bits);
      return (await estimateKept(like, resolution, (out) => device.write(out, values, 0))).graphon;
    };
    const { graphon, kept } = await sortAndSmooth(mask, cells);
    assert.ok(frobeniusDistance(await found("neurons"), graphon) < 1e-5);
    assert.ok(Math.abs((await found("area")).density - kept / (rows * cols)) < 1e-5);
  }));
});

/** Cells of whole neurons of a graphon that has a row and a column for each; an axis with fewer than the grid is spread over it. */
function cutByNeurons({ rows, cols, values }: StepGraphon, grid: number): StepGraphon {
  const height = Math.min(rows, grid), width = Math.min(cols, grid);
  const sums = new Float64Array(height * width), counts = new Float64Array(height * width);
  values.forEach((value, at) => {
    const row = Math.floor(Math.floor(at / cols) * height / rows),
      column = Math.floor(at % cols * width / cols);
    sums[row * width + column] += value;
    counts[row * width + column]++;
  });
  return new StepGraphon(height, width, sums.map((sum, cell) => sum / counts[cell])).regrid(grid);
}

for (const method of LIMITS.keys()) {
  Deno.test(`limitGraphon: ${method}'s cells by neurons are means of whole neurons' rows and columns`, async () => {
    using device = await openDevice({ kind: "cpu" });
    const sizes = [12, 45, 45, 45, 4], grid = 8, network = { inputs: 12, hidden: 3, classes: 4, width: 45 };
    using batch = normalBatch(device, { features: 12, samples: 6, classes: 4 });
    for (const order of ["strict", "finite"] as const) {
      const options = { sparsity: 0.7, batch, types: 45, order, outputDraws: 1, seed: seedFrom(3) };
      const settings = method === "synflow" ? { ...options, rounds: 10 } : options;
      const by = async (cells: "neurons" | "area", grid: number) =>
        await limitGraphon(device, method, network, { ...settings, cells, grid });
      // A multiple of all layers' sizes, so that no cell has a part of a neuron.
      const fine = await by("area", 180), cut = await by("neurons", grid), even = await by("area", grid);
      for (const [layer, { graphon, secondMoment, density }] of cut.entries()) {
        const where = `${order}, layer ${layer}`;
        const expected = (whole: StepGraphon) =>
          cutByNeurons(whole.regrid(sizes[layer + 1], sizes[layer]), grid);
        assert.ok(frobeniusDistance(graphon, expected(fine[layer].graphon)) < 1e-5, where);
        assert.ok(frobeniusDistance(secondMoment, expected(fine[layer].secondMoment)) < 1e-4, where);
        assert.equal(density, even[layer].density);
        // A graphon of one value looks the same however it is cut, and so does one that the grid divides.
        const [least, largest] = fine[layer].graphon.range;
        if (largest - least > 0.1) assert.ok(frobeniusDistance(graphon, even[layer].graphon) > 1e-2, where);
      }
    }
  });
}
