import assert from "node:assert/strict";
import {
  denoiseTotalVariation,
  ESTIMATORS,
  findEstimator,
  sampleFromGraphon,
  sortAndSmooth,
  StepGraphon,
} from "@graphon-limit/graphon";
import {
  type Device,
  InvalidArgumentError,
  packBits,
  RandomSequence,
  seedFrom,
} from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";
import { KNOWN, meanSquaredError } from "./support.ts";

const NAMES = ["sas", "sas-tv", "sba", "usvt", "neighbourhood"];

/** A mask [n, n] of a known graphon; another one for another trial. */
function maskOf(device: Device, name: string, n: number, trial = 0, cols = n) {
  const source = StepGraphon.from(KNOWN[name], n, cols, 1);
  return sampleFromGraphon(device, source, n, cols, { seed: seedFrom(trial), layer: n });
}

Deno.test("findEstimator: every estimator by its name, and one line about any other", () => {
  assert.deepEqual(Object.keys(ESTIMATORS), NAMES);
  for (const name of NAMES) assert.equal(findEstimator(name).name, name);
  assert.throws(() => findEstimator("toString"), oneLine(InvalidArgumentError, "toString", "neighbourhood"));
});

for (const name of NAMES) {
  onBothDevices(
    `${name}: gives [grid, grid] probabilities, counts, repeatedly, and its memory back`,
    async (device) => {
      for (const [rows, cols, grid] of [[40, 70, 8], [3, 5, 8], [1, 1, 4], [33, 2, 6]]) {
        using mask = maskOf(device, "product", rows, 0, cols);
        const before = device.memory.live;
        const estimate = await ESTIMATORS[name].estimate(mask, { grid });
        assert.equal(device.memory.live, before);
        const { graphon } = estimate, [least, largest] = graphon.range;
        assert.deepEqual([graphon.rows, graphon.cols], [grid, grid]);
        assert.ok(least >= -1e-12 && largest <= 1 + 1e-12, `${least} to ${largest}`);
        const { kept, deadInputs, deadOutputs } = await sortAndSmooth(mask, grid);
        assert.deepEqual([estimate.kept, estimate.deadInputs, estimate.deadOutputs], [
          kept,
          deadInputs,
          deadOutputs,
        ]);
        assert.deepEqual(await ESTIMATORS[name].estimate(mask, { grid }), estimate);
      }
    },
  );

  onBothDevices(`${name}: masks that keep nothing or everything are estimated as that`, async (device) => {
    for (const value of [0, 1]) {
      using mask = device.uploadBits(packBits(new Uint8Array(20 * 30).fill(value), 20, 30), 20, 30);
      const { graphon } = await ESTIMATORS[name].estimate(mask, { grid: 5 });
      for (const cell of graphon.values) assert.ok(Math.abs(cell - value) < 1e-6, `${cell}`);
    }
  });

  onBothDevices(`${name}: of two masks over the same nodes it makes a better estimate`, async (device) => {
    const truth = StepGraphon.from(KNOWN.distance, 10);
    let single = 0, both = 0;
    for (let trial = 0; trial < 3; trial++) {
      using first = maskOf(device, "distance", 120, 2 * trial);
      using second = maskOf(device, "distance", 120, 2 * trial + 1);
      const { estimate } = ESTIMATORS[name];
      single += meanSquaredError((await estimate(first, { grid: 10 })).graphon, truth);
      both += meanSquaredError((await estimate([first, second], { grid: 10 })).graphon, truth);
    }
    assert.ok(both < 0.9 * single, `${both} of two, ${single} of one`);
  });

  onBothDevices(`${name}: refuses no masks, masks of several shapes and bad grids`, async (device) => {
    using mask = maskOf(device, "product", 6);
    using other = maskOf(device, "product", 6, 0, 7);
    const { estimate } = ESTIMATORS[name];
    await assert.rejects(() => estimate([]), oneLine(InvalidArgumentError, "none"));
    await assert.rejects(() => estimate([mask, other]), oneLine(InvalidArgumentError, "6×6", "6×7"));
    await assert.rejects(() => estimate(mask, { grid: 0 }), oneLine(InvalidArgumentError, "grid", "0"));
  });
}

onBothDevices("sas: is sortAndSmooth, and on given positions the plain histogram", async (device) => {
  using mask = maskOf(device, "distance", 50);
  const { graphon } = await ESTIMATORS.sas.estimate(mask, { grid: 10 });
  assert.deepEqual(graphon, (await sortAndSmooth(mask, 10)).graphon);
  const given = await ESTIMATORS.sas.estimate(mask, { grid: 50, order: "given" });
  assert.ok(given.graphon.values.every((cell) => cell === 0 || cell === 1));
  assert.equal(given.graphon.values.reduce((sum, cell) => sum + cell, 0), given.kept);
});

Deno.test("denoiseTotalVariation: no weight changes nothing, a large one leaves the mean, a step keeps its edge", () => {
  const random = new RandomSequence(1), values = Float64Array.from({ length: 48 }, () => random.uniform());
  assert.deepEqual(denoiseTotalVariation(values, 6, 8, 0), values);
  const mean = values.reduce((sum, value) => sum + value, 0) / 48;
  for (const value of denoiseTotalVariation(values, 6, 8, 100, 4000)) {
    assert.ok(Math.abs(value - mean) < 1e-3);
  }
  // Of a step between halves of an 8×8 image the minimiser is known: each side moves by λ · edge / area.
  const step = Float64Array.from({ length: 64 }, (_, i) => i < 32 ? 1 : 0), weight = 0.4;
  denoiseTotalVariation(step, 8, 8, weight, 2000).forEach((value, i) => {
    const expected = i < 32 ? 1 - weight * 8 / 32 : weight * 8 / 32;
    assert.ok(Math.abs(value - expected) < 1e-4, `${i}: ${value}`);
  });
});

onBothDevices("sas-tv: closer than sas wherever noise is visible", async (device) => {
  for (const name of ["product", "block", "distance"]) {
    const truth = StepGraphon.from(KNOWN[name], 24);
    using mask = maskOf(device, name, 240);
    const plain = await ESTIMATORS.sas.estimate(mask, { grid: 24 });
    const smooth = await ESTIMATORS["sas-tv"].estimate(mask, { grid: 24 });
    const errors = [smooth, plain].map(({ graphon }) => meanSquaredError(graphon, truth));
    assert.ok(errors[0] < 0.75 * errors[1], `${name}: ${errors}`);
    assert.ok(smooth.diagnostics.weight > 0);
  }
});

onBothDevices("sba: finds the blocks of a block graphon, from one mask and from two", async (device) => {
  // The third is one that sorting by degree cannot see: all degrees are equal.
  const graphons = [
    new StepGraphon(2, 2, Float64Array.of(0.8, 0.5, 0.3, 0.1)),
    new StepGraphon(3, 2, Float64Array.of(0.9, 0.6, 0.6, 0.2, 0.2, 0.1)),
    new StepGraphon(2, 2, Float64Array.of(0.7, 0.2, 0.2, 0.7)),
  ];
  for (const truth of graphons) {
    using first = sampleFromGraphon(device, truth, 180, 200, { seed: seedFrom(1) });
    using second = sampleFromGraphon(device, truth, 180, 200, { seed: seedFrom(2) });
    for (const masks of [first, [first, second]]) {
      const { graphon, diagnostics } = await ESTIMATORS.sba.estimate(masks, { grid: 12, order: "given" });
      assert.deepEqual([diagnostics.outputBlocks, diagnostics.inputBlocks], [truth.rows, truth.cols]);
      assert.ok(meanSquaredError(graphon, truth.regrid(12)) < 3e-4);
    }
  }
  using hidden = sampleFromGraphon(device, graphons[2], 180, 200, { seed: seedFrom(3) });
  const { graphon } = await ESTIMATORS.sba.estimate(hidden, { grid: 12 });
  // Which block comes first is a matter of chance; that there are two is not.
  const [least, largest] = graphon.range;
  assert.ok(Math.abs(least - 0.2) < 0.03 && Math.abs(largest - 0.7) < 0.03, `${least} to ${largest}`);
});

onBothDevices("usvt: finds the rank, and |u − v| where positions are given", async (device) => {
  for (const [name, rank] of [["constant", 1], ["product", 1], ["distance", 2]] as const) {
    using mask = maskOf(device, name, 300);
    assert.equal((await ESTIMATORS.usvt.estimate(mask, { grid: 10 })).diagnostics.rank, rank, name);
  }
  const distance = (u: number, v: number) => Math.abs(u - v), truth = StepGraphon.from(distance, 20);
  const source = StepGraphon.from(distance, 400, 400, 1);
  using mask = sampleFromGraphon(device, source, 400, 400, { seed: seedFrom(4) });
  for (const name of ["usvt", "neighbourhood", "sba"]) {
    const { graphon } = await ESTIMATORS[name].estimate(mask, { grid: 20, order: "given" });
    assert.ok(meanSquaredError(graphon, truth) < 4e-3, `${name}: ${meanSquaredError(graphon, truth)}`);
  }
});

onBothDevices("neighbourhood: is its definition, computed entry by entry", async (device) => {
  const rows = 14, cols = 17;
  using mask = maskOf(device, "product", rows, 5, cols);
  const words = await device.readBits(mask);
  const bits = Array.from(
    { length: rows },
    (_, i) => Array.from({ length: cols }, (_, j) => (words[i] >>> j) & 1),
  );
  const columns = bits[0].map((_, j) => bits.map((row) => row[j]));
  const byRows = smoothed(bits), byColumns = smoothed(columns);
  const { graphon } = await ESTIMATORS.neighbourhood.estimate(mask, { grid: rows * cols, order: "given" });
  graphon.values.forEach((value, cell) => {
    const i = Math.floor(Math.floor(cell / graphon.cols) / cols), j = Math.floor(cell % graphon.cols / rows);
    assert.ok(Math.abs(value - (byRows[i][j] + byColumns[j][i]) / 2) < 1e-9, `${i}, ${j}`);
  });
});

/** Neighbourhood smoothing of rows straight from the paper's definitions. */
function smoothed(matrix: number[][]): number[][] {
  const n = matrix.length,
    inner = (a: number[], b: number[]) => a.reduce((sum, value, j) => sum + value * b[j], 0);
  return matrix.map((row, i) => {
    const distances = matrix.map((other, o) =>
      Math.max(
        ...matrix.filter((_, k) => k !== i && k !== o).map((third) =>
          Math.abs(inner(row, third) - inner(other, third))
        ),
      )
    );
    const others = matrix.map((_, o) => o).filter((o) => o !== i);
    const wanted = Math.min(n - 1, Math.max(1, Math.round(Math.sqrt(Math.log(n) / n) * (n - 1))));
    const furthest = others.map((o) => distances[o]).sort((a, b) => a - b)[wanted - 1];
    const near = others.filter((o) => distances[o] <= furthest);
    return row.map((_, j) => near.reduce((sum, o) => sum + matrix[o][j], 0) / near.length);
  });
}
