import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compareGraphons,
  degreeDistance,
  frobeniusDistance,
  graphonDifference,
  l1Distance,
  l2Distance,
  StepGraphon,
} from "@graphon-limit/graphon";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { oneLine } from "../runtime/support.ts";
import { fewCells, randomGraphon, shuffled } from "./support.ts";

const drawn = fc.record({ rows: fewCells, cols: fewCells, seed: fc.nat() });
const distances = { l1Distance, l2Distance, frobeniusDistance };

for (const [name, distance] of Object.entries(distances)) {
  Deno.test(`${name}: is a metric`, () => {
    fc.assert(fc.property(drawn, ({ rows, cols, seed }) => {
      const [a, b, c] = [0, 1, 2].map((i) => randomGraphon(seed + i, rows, cols));
      assert.equal(distance(a, a), 0);
      // Two cells of 24 random bits may be equal.
      assert.equal(distance(a, b) > 0, a.values.some((value, cell) => value !== b.values[cell]));
      assert.equal(distance(a, b), distance(b, a));
      assert.ok(distance(a, c) <= distance(a, b) + distance(b, c) + 1e-12);
    }));
  });
}

Deno.test("l1Distance ≤ l2Distance = frobeniusDistance / √cells, on any grids", () => {
  fc.assert(fc.property(drawn, fewCells, fewCells, ({ rows, cols, seed }, otherRows, otherCols) => {
    const a = randomGraphon(seed, rows, cols), b = randomGraphon(seed + 1, rows, cols);
    assert.ok(l1Distance(a, b) <= l2Distance(a, b) + 1e-12);
    assert.ok(Math.abs(frobeniusDistance(a, b) / Math.sqrt(rows * cols) - l2Distance(a, b)) < 1e-12);
    // Neither distance knows which grid a step function is written on.
    const finer = a.regrid(2 * rows, 3 * cols), other = randomGraphon(seed + 2, otherRows, otherCols);
    assert.ok(Math.abs(l1Distance(finer, other) - l1Distance(a, other)) < 1e-12);
    assert.ok(Math.abs(l2Distance(finer, other) - l2Distance(a, other)) < 1e-12);
  }));
});

Deno.test("l1Distance, l2Distance: of graphons a constant or a half apart", () => {
  const a = StepGraphon.constant(0.25, 2, 4), b = StepGraphon.constant(0.75, 3);
  assert.ok(Math.abs(l1Distance(a, b) - 0.5) < 1e-15);
  assert.ok(Math.abs(l2Distance(a, b) - 0.5) < 1e-15);
  // 1 on half of the square: half of it is 1 away.
  const step = new StepGraphon(1, 2, Float64Array.of(0, 1)), zero = StepGraphon.constant(0);
  assert.equal(l1Distance(step, zero), 0.5);
  assert.ok(Math.abs(l2Distance(step, zero) - Math.SQRT1_2) < 1e-15);
});

Deno.test("degreeDistance: at most the L2 distance, and the same for any order of the positions", () => {
  fc.assert(fc.property(drawn, ({ rows, cols, seed }) => {
    const a = randomGraphon(seed, rows, cols), b = randomGraphon(seed + 1, rows, cols);
    const { outputs, inputs } = degreeDistance(a, b);
    // Sorted functions are at most as far apart as unsorted ones, and averages as what is averaged.
    assert.ok(Math.max(outputs, inputs) <= l2Distance(a, b) + 1e-12);
    const moved = degreeDistance(shuffled(a, seed), shuffled(b, seed + 3));
    assert.ok(Math.abs(moved.outputs - outputs) < 1e-12 && Math.abs(moved.inputs - inputs) < 1e-12);
  }));
  const { outputs, inputs } = degreeDistance(
    new StepGraphon(2, 1, Float64Array.of(0.2, 0.6)),
    new StepGraphon(2, 1, Float64Array.of(0.5, 0.1)),
  );
  assert.ok(Math.abs(outputs - 0.1) < 1e-12 && Math.abs(inputs - 0.1) < 1e-12);
});

Deno.test("graphonDifference: refuses no cells, and grids without a common one of usable size", () => {
  const empty = new StepGraphon(2, 0, new Float64Array(0)), one = StepGraphon.constant(1);
  assert.throws(() => graphonDifference(empty, one), oneLine(InvalidArgumentError, "2×0"));
  assert.throws(
    () => l1Distance(StepGraphon.constant(1, 1009), StepGraphon.constant(1, 1013)),
    oneLine(InvalidArgumentError, "2048", "1009×1009", "1013×1013"),
  );
  // A long axis that both have is no matter: three thousand inputs, each its own column.
  const wide = StepGraphon.constant(0.25, 3, 3072);
  assert.equal(l1Distance(wide, StepGraphon.constant(0.75, 3, 3072)), 0.5);
  assert.throws(
    () => graphonDifference(wide, StepGraphon.constant(1, 4, 3072)),
    oneLine(InvalidArgumentError, "3×3072"),
  );
});

Deno.test("compareGraphons: all distances in their order, and zero from a graphon to itself", async () => {
  const a = randomGraphon(1, 12, 10), b = randomGraphon(2, 12, 10);
  const { distances: d, densities } = await compareGraphons(a, b, { seed: 1 });
  assert.ok(0 < d.cutNormLower && d.cutNormLower <= d.cutNormUpper);
  assert.ok(d.cutNormUpper <= d.l1 && d.l1 <= d.l2);
  assert.ok(Math.abs(d.frobenius - frobeniusDistance(a, b)) < 1e-12);
  assert.equal(densities[0].edge, a.density);
  assert.ok(densities[1].cycle4 >= densities[1].edge ** 4, "Sidorenko's inequality");
  for (const value of Object.values((await compareGraphons(a, a)).distances)) assert.equal(value, 0);
});
