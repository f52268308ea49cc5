import assert from "node:assert/strict";
import fc from "fast-check";
import { fanInMoments, overlapShares, StepGraphon } from "@graphon-limit/graphon";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import { oneLine } from "../runtime/support.ts";

const cells = fc.integer({ min: 1, max: 20 });

const graphons = fc.record({ rows: cells, cols: cells, seed: fc.nat() }).map(({ rows, cols, seed }) => {
  const random = new RandomSequence(seed);
  return new StepGraphon(rows, cols, Float64Array.from({ length: rows * cols }, () => random.uniform()));
});

Deno.test("overlapShares: the shares of each target sum to one, those of each source to to/from", () => {
  fc.assert(fc.property(cells, cells, (from, to) => {
    const targets = new Float64Array(to), sources = new Float64Array(from);
    for (const [source, target, share] of overlapShares(from, to)) {
      assert.ok(share > 0 && share <= 1);
      const length = Math.min((source + 1) / from, (target + 1) / to) - Math.max(source / from, target / to);
      assert.ok(Math.abs(share - length * to) < 1e-12);
      targets[target] += share;
      sources[source] += share;
    }
    for (const whole of targets) assert.ok(Math.abs(whole - 1) < 1e-12);
    for (const whole of sources) assert.ok(Math.abs(whole - to / from) < 1e-12);
  }));
});

Deno.test("StepGraphon.regrid: keeps the integral, whatever the two grids", () => {
  fc.assert(fc.property(graphons, cells, cells, (graphon, rows, cols) => {
    const { density, values } = graphon.regrid(rows, cols);
    assert.equal(values.length, rows * cols);
    assert.ok(Math.abs(density - graphon.density) < 1e-12);
  }));
});

Deno.test("StepGraphon.regrid: no cell comes out above 1, and full ones are 1", () => {
  for (let from = 1; from <= 70; from++) {
    for (const to of [3, 10, 49, 64]) {
      const full = StepGraphon.constant(1, from, from + 7), regridded = full.regrid(to);
      assert.deepEqual(regridded.range, [1, 1], `${from} to ${to}`);
      const nearly = StepGraphon.constant(1 - 2 ** -53, from, from + 7).regrid(to);
      assert.ok(nearly.range[1] <= 1);
    }
  }
});

Deno.test("StepGraphon.regrid: a finer grid that divides holds the same function, and back again", () => {
  const factor = fc.integer({ min: 1, max: 5 });
  fc.assert(fc.property(graphons, factor, factor, (graphon, rowFactor, columnFactor) => {
    const fine = graphon.regrid(graphon.rows * rowFactor, graphon.cols * columnFactor);
    for (let a = 0; a < fine.rows; a++) {
      for (let b = 0; b < fine.cols; b++) {
        const [u, v] = [(a + 0.5) / fine.rows, (b + 0.5) / fine.cols];
        assert.equal(fine.at(u, v), graphon.at(u, v));
      }
    }
    const back = fine.regrid(graphon.rows, graphon.cols);
    back.values.forEach((value, i) => assert.ok(Math.abs(value - graphon.values[i]) < 1e-12));
  }));
});

Deno.test("StepGraphon.degrees: the outputs' and the inputs' both average to the density", () => {
  fc.assert(fc.property(graphons, (graphon) => {
    const { outputs, inputs } = graphon.degrees();
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    assert.deepEqual([outputs.length, inputs.length], [graphon.rows, graphon.cols]);
    assert.ok(Math.abs(mean(outputs) - graphon.density) < 1e-12);
    assert.ok(Math.abs(mean(inputs) - graphon.density) < 1e-12);
  }));
  const { outputs, inputs } = new StepGraphon(2, 3, Float64Array.of(0, 0.3, 0.6, 1, 1, 1)).degrees();
  assert.ok(Math.abs(outputs[0] - 0.3) < 1e-12 && Math.abs(outputs[1] - 1) < 1e-12);
  [0.5, 0.65, 0.8].forEach((degree, b) => assert.ok(Math.abs(inputs[b] - degree) < 1e-12));
});

Deno.test("StepGraphon.from: cell averages of a function, exact where it is linear in each position", () => {
  const graphon = StepGraphon.from((u, v) => u * v, 2, 4);
  for (let a = 0; a < 2; a++) {
    for (let b = 0; b < 4; b++) {
      const expected = ((a + 0.5) / 2) * ((b + 0.5) / 4);
      assert.ok(Math.abs(graphon.values[a * 4 + b] - expected) < 1e-15);
    }
  }
});

Deno.test("StepGraphon: constant, at the edges, range, and cells that do not fit the grid", () => {
  const constant = StepGraphon.constant(0.3, 2, 3);
  assert.deepEqual([constant.rows, constant.cols, constant.range], [2, 3, [0.3, 0.3]]);
  const graphon = new StepGraphon(2, 2, Float64Array.of(0.1, 0.2, 0.3, 0.4));
  assert.deepEqual([graphon.at(0, 0), graphon.at(0, 0.5), graphon.at(0.5, 0), graphon.at(1, 1)], [
    0.1,
    0.2,
    0.3,
    0.4,
  ]);
  assert.deepEqual(graphon.range, [0.1, 0.4]);
  assert.throws(() => new StepGraphon(2, 2, new Float64Array(3)), oneLine(InvalidArgumentError, "2×2", "3"));
});

Deno.test("fanInMoments: rows in proportion to the graphon's, of mean 1; dead rows stay 0", () => {
  fc.assert(fc.property(graphons, fc.nat(), ({ rows, cols, values }, place) => {
    const dead = place % rows;
    const graphon = new StepGraphon(
      rows,
      cols,
      values.map((value, cell) => Math.floor(cell / cols) === dead ? 0 : value + 0.01),
    );
    const [moments] = fanInMoments([graphon]);
    assert.deepEqual([moments.rows, moments.cols], [rows, cols]);
    for (let a = 0; a < rows; a++) {
      let mean = 0;
      for (let b = 0; b < cols; b++) mean += graphon.values[a * cols + b] / cols;
      for (let b = 0; b < cols; b++) {
        const expected = a === dead ? 0 : graphon.values[a * cols + b] / mean;
        assert.ok(Math.abs(moments.values[a * cols + b] - expected) <= 1e-12 * (1 + expected));
      }
    }
  }));
});
