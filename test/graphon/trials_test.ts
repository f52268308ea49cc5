import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bernoulliSquaredError,
  entriesPerCell,
  frobeniusDistance,
  GraphonTrials,
  measureDistance,
  sampleFromGraphon,
  StepGraphon,
} from "@graphon-limit/graphon";
import {
  type Device,
  InvalidArgumentError,
  RandomSequence,
  seedFrom,
  unpackBits,
} from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";
import { oneLine } from "../runtime/support.ts";

function randomGraphons(seed: number, count: number, rows: number, cols: number): StepGraphon[] {
  const random = new RandomSequence(seed);
  const cells = () => Float64Array.from({ length: rows * cols }, () => random.uniform());
  return Array.from({ length: count }, () => new StepGraphon(rows, cols, cells()));
}

function trialsOf(graphons: readonly StepGraphon[]): GraphonTrials {
  const trials = new GraphonTrials(graphons[0].rows, graphons[0].cols);
  for (const graphon of graphons) trials.add(graphon);
  return trials;
}

Deno.test("GraphonTrials: mean and squared error are what the formulas say", () => {
  fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 9 }), (seed, count) => {
    const graphons = randomGraphons(seed, count, 3, 4);
    const trials = trialsOf(graphons);
    let error = 0;
    for (let cell = 0; cell < 12; cell++) {
      const values = graphons.map(({ values }) => values[cell]);
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      assert.ok(Math.abs(trials.mean.values[cell] - mean) < 1e-14);
      error += values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1) / count;
    }
    assert.equal(trials.count, count);
    assert.deepEqual(trials.graphons, graphons);
    if (count === 1) assert.equal(trials.squaredError, undefined);
    else assert.ok(Math.abs(trials.squaredError! - error) < 1e-13);
  }));
});

Deno.test("GraphonTrials: refuses another grid, and hands out a mean that later trials leave alone", () => {
  const trials = new GraphonTrials(2);
  trials.add(StepGraphon.constant(0.25, 2));
  const { mean } = trials;
  trials.add(StepGraphon.constant(0.75, 2));
  assert.deepEqual([mean.values[0], trials.mean.values[0]], [0.25, 0.5]);
  assert.throws(
    () => trials.add(StepGraphon.constant(0.5, 2, 3)),
    oneLine(InvalidArgumentError, "2×2", "2×3"),
  );
});

Deno.test("frobeniusDistance: the Euclidean distance over the cells, of equal grids only", () => {
  const a = new StepGraphon(1, 2, Float64Array.of(0, 1)),
    b = new StepGraphon(1, 2, Float64Array.of(0.3, 0.6));
  assert.ok(Math.abs(frobeniusDistance(a, b) - 0.5) < 1e-15);
  assert.throws(
    () => frobeniusDistance(a, StepGraphon.constant(1)),
    oneLine(InvalidArgumentError, "1×2", "1×1"),
  );
});

Deno.test("measureDistance: symmetric, zero for the same trials, and consistent with its parts", () => {
  const count = fc.integer({ min: 1, max: 5 });
  fc.assert(fc.property(fc.nat(), count, count, (seed, countA, countB) => {
    const a = trialsOf(randomGraphons(seed, countA, 3, 3)),
      b = trialsOf(randomGraphons(seed + 1, countB, 3, 3));
    const there = measureDistance(a, b, [10, 20]), back = measureDistance(b, a, [20, 10]);
    assert.equal(there.distance, back.distance);
    assert.ok(Math.abs(there.noiseFloor - back.noiseFloor) < 1e-14);
    // The squares: next to zero the root of a difference is all rounding.
    assert.ok(Math.abs(there.debiased ** 2 - back.debiased ** 2) < 1e-13);
    const squared = Math.max(0, there.distance ** 2 - there.noiseFloor ** 2);
    assert.ok(Math.abs(there.debiased ** 2 - squared) < 1e-12);
    assert.deepEqual(measureDistance(a, a, [10, 10]), { distance: 0, noiseFloor: 0, debiased: 0 });
  }));
});

Deno.test("bernoulliSquaredError: Σ p(1 − p)/m", () => {
  const graphon = new StepGraphon(1, 3, Float64Array.of(0, 0.5, 0.2));
  assert.ok(Math.abs(bernoulliSquaredError(graphon, 10) - (0.25 + 0.16) / 10) < 1e-15);
});

Deno.test("entriesPerCell: what a cell's mean has of the variance of a neuron's noise, counted point by point", () => {
  const sizes = fc.integer({ min: 1, max: 40 });
  const varianceOf = (neurons: number, cells: number) => {
    // An axis shorter than the grid is spread over it: each cell is looked at in as many places as there are neurons.
    const places = neurons < cells ? neurons * cells : neurons;
    const counts = Array.from({ length: cells }, () => new Map<number, number>());
    for (let place = 0; place < places; place++) {
      const cell = counts[Math.floor(place * cells / places)], neuron = Math.floor(place * neurons / places);
      cell.set(neuron, (cell.get(neuron) ?? 0) + 1);
    }
    const variances = counts.map((cell) => {
      const found = [...cell.values()], size = found.reduce((sum, count) => sum + count, 0);
      return found.reduce((sum, count) => sum + (count / size) ** 2, 0);
    });
    return variances.reduce((sum, variance) => sum + variance, 0) / cells;
  };
  fc.assert(fc.property(sizes, sizes, sizes, (outputs, inputs, grid) => {
    const expected = 1 / (varianceOf(outputs, grid) * varianceOf(inputs, grid));
    assert.ok(Math.abs(entriesPerCell(outputs, inputs, grid) - expected) < 1e-9 * expected);
  }));
});

const GRID = 8, WIDTH = 64, PER_CELL = (WIDTH / GRID) ** 2;
const truth = StepGraphon.from((u, v) => 0.1 + 0.8 * (1 - u) * (1 - v), GRID);

/** Cell means of a mask sampled from `truth`, in the cells it was sampled in: nothing is sorted. */
async function sampledTrial(device: Device, layer: number): Promise<StepGraphon> {
  using mask = sampleFromGraphon(device, truth, WIDTH, WIDTH, { seed: seedFrom(17), layer });
  const bits = unpackBits(await device.readBits(mask), WIDTH, WIDTH);
  const values = new Float64Array(GRID * GRID);
  bits.forEach((bit, index) => {
    const [row, column] = [Math.floor(index / WIDTH), index % WIDTH].map((i) => Math.floor(i * GRID / WIDTH));
    values[row * GRID + column] += bit / PER_CELL;
  });
  return new StepGraphon(GRID, GRID, values);
}

for (const count of [1, 4]) {
  Deno.test({
    name: `measureDistance: the noise floor of ${count} Bernoulli masks is the distance they have`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const device = await testDevice("cpu"), repeats = 30;
      let squaredDistance = 0, squaredFloor = 0, layer = 0;
      const trials = async () => {
        const graphons: StepGraphon[] = [];
        for (let i = 0; i < count; i++) graphons.push(await sampledTrial(device, layer++));
        return trialsOf(graphons);
      };
      for (let i = 0; i < repeats; i++) {
        const measured = measureDistance(await trials(), await trials(), [PER_CELL, PER_CELL]);
        squaredDistance += measured.distance ** 2 / repeats;
        squaredFloor += measured.noiseFloor ** 2 / repeats;
      }
      // 64 cells, 30 times: a relative standard error of √(2/1920) = 3 % in the distance, less in the floor. With one
      // trial the floor takes p(1 − p) at the estimates, which is too small by the factor 1 − 1/m.
      const ratio = squaredDistance / squaredFloor;
      assert.ok(Math.abs(ratio - 1) < 0.13, `ratio ${ratio}`);
      const exact = 2 * bernoulliSquaredError(truth, PER_CELL) / count;
      assert.ok(Math.abs(squaredFloor / exact - 1) < 0.06, `floor² ${squaredFloor}, expected ${exact}`);
    },
  });
}
