import assert from "node:assert/strict";
import { magnitude } from "@graphon-limit/pruners";
import {
  type ConvergenceQuestion,
  type ConvergenceRow,
  type NetworkParams,
  runConvergence,
  type RunTasksOptions,
} from "@graphon-limit/study";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { oneLine } from "../runtime/support.ts";
import { networkParams, openTestLab } from "./support.ts";

type Asked = Partial<Omit<ConvergenceQuestion, "network" | "methods">> & Partial<NetworkParams> & {
  methods?: readonly string[];
};

/** A run of seconds, on the CPU device. */
async function converge({ methods = ["random", "magnitude"], ...asked }: Asked, options?: RunTasksOptions) {
  const own = new Map([["own", { ...magnitude, name: "own" }]]);
  using lab = await openTestLab({ images: 200, methods: own });
  const {
    widths = [24, 16],
    reference = 32,
    layer = 1,
    trials = 2,
    grid = 8,
    limit = false,
    order = "finite",
    ...rest
  } = asked;
  const { trial: _trial, method: _method, width: _width, ...network } = networkParams(lab, {
    ...{ sparsity: 0.8, samplesPerClass: 2, seed: 3 },
    ...rest,
  });
  return await runConvergence(lab, {
    ...{ network, widths, reference, layer, trials, grid, limit, order },
    methods: methods.map((method) => ({ method })),
  }, options);
}

Deno.test("runConvergence: rows by method as given, then by ascending width, a histogram for each", async () => {
  const { rows, histograms, grid, reference } = await converge({
    methods: ["synflow", "random"],
    rounds: 3,
  });
  assert.deepEqual(rows.map(({ method, width }) => `${method} ${width}`), [
    ...["synflow 16", "synflow 24", "synflow 32"],
    ...["random 16", "random 24", "random 32"],
  ]);
  assert.deepEqual([grid, reference], [8, 32]);
  assert.equal(histograms.length, rows.length);
  for (const [index, { density, layer, trials }] of rows.entries()) {
    assert.deepEqual([layer, trials, histograms[index].length], [1, 2, 64]);
    assert.ok(histograms[index].every((value) => value >= 0 && value <= 1));
    // Widths are multiples of the grid, so that all cells weigh the same.
    const mean = histograms[index].reduce((sum, value) => sum + value, 0) / 64;
    assert.ok(Math.abs(mean - density) < 1e-12);
  }
});

Deno.test("runConvergence: the reference is at no distance from itself, the others are, and the parts add up", async () => {
  const { rows } = await converge({});
  for (const { width, distance, noiseFloor, debiased } of rows) {
    if (width === 32) assert.deepEqual([distance, noiseFloor, debiased], [0, 0, 0]);
    else assert.ok(distance > 0 && noiseFloor > 0);
    const expected = Math.sqrt(Math.max(0, distance ** 2 - noiseFloor ** 2));
    assert.ok(Math.abs(debiased - expected) < 1e-9 * (1 + distance));
  }
});

Deno.test("runConvergence: a width given twice, or equal to the reference, is measured once", async () => {
  const { rows } = await converge({ methods: ["random"], widths: [16, 32, 16] });
  assert.deepEqual(rows.map(({ width }) => width), [16, 32]);
});

Deno.test("runConvergence: the seed decides, whatever other methods and widths are in the run", async () => {
  const first = await converge({ methods: ["magnitude"] });
  assert.deepEqual(await converge({ methods: ["magnitude"] }), first);
  const beside = await converge({ methods: ["random", "magnitude"], widths: [16, 20, 24] });
  const shared = beside.rows.filter(({ method, width }) => method === "magnitude" && width !== 20);
  assert.deepEqual(shared, first.rows);
  const other = await converge({ methods: ["magnitude"], seed: 4 });
  assert.notDeepEqual(other.histograms, first.histograms);
});

Deno.test("runConvergence: tells of each task before it, and counts to the end", async () => {
  const told: string[] = [];
  await converge({ widths: [16], reference: 16 }, {
    onStart: (missing, found) => told.push(`${missing} missing, ${found} found`),
    onTask: (done, what) => told.push(`${done} ${what}`),
    onProgress: (done, total) => told.push(`${done}/${total}`),
  });
  const network = "2 × 16, he";
  assert.deepEqual(told, [
    "4 missing, 0 found",
    ...[`0 random 80 %, ${network}, trial 1, histograms`, "1/4"],
    ...[`1 magnitude 80 %, ${network}, trial 1, histograms`, "2/4"],
    ...[`2 random 80 %, ${network}, trial 2, histograms`, "3/4"],
    ...[`3 magnitude 80 %, ${network}, trial 2, histograms`, "4/4"],
  ]);
});

Deno.test("runConvergence: a layer of its own shape is measured too, the first and the last", async () => {
  for (const layer of [0, 2]) {
    const { rows } = await converge({ methods: ["random"], layer });
    assert.ok(rows.every((row) => row.layer === layer && Math.abs(row.density - 0.2) < 0.08));
  }
});

Deno.test("runConvergence: no sparsity and a layer the network lacks are errors of one line", async () => {
  await assert.rejects(converge({ sparsity: 0 }), oneLine(InvalidArgumentError, "sparsity", "0"));
  await assert.rejects(converge({ layer: 3 }), oneLine(InvalidArgumentError, "layer", "0 to 2", "3"));
  await assert.rejects(converge({ samplesPerClass: 21 }), oneLine(InvalidArgumentError, "21", "20"));
});

Deno.test("runConvergence: random masks come down to their constant graphon, magnitude's do not", async () => {
  const { rows, histograms } = await converge({ widths: [256], reference: 512, grid: 4, trials: 4 });
  const [random, , magnitude] = rows;
  const norm = (values: Float64Array) => Math.hypot(...values);
  // Sorting by degree alone tilts a random mask of width 256 by a few per cent; a graphon of constant 0.2 has norm 0.8.
  assert.ok(random.debiased < 0.05 * norm(histograms[0]), `${random.debiased}`);
  assert.ok(magnitude.debiased > 5 * random.debiased, `${magnitude.debiased}`);
  assert.ok(histograms[1].every((value) => Math.abs(value - 0.2) < 0.05), `${histograms[1]}`);
});

Deno.test("runConvergence: more trials lower the noise floor, one trial has one from its own cells", async () => {
  const floors: number[] = [];
  for (const trials of [1, 4, 16]) {
    const { rows } = await converge({ methods: ["random"], widths: [32], reference: 64, trials });
    const [row]: readonly ConvergenceRow[] = rows;
    assert.equal(row.trials, trials);
    floors.push(row.noiseFloor);
  }
  // The floor falls as one over the root of the trials.
  assert.ok(floors[1] > 1.4 * floors[2] && floors[1] < 3 * floors[2], `${floors}`);
  assert.ok(floors[0] > 1.2 * floors[1], `${floors}`);
});

Deno.test("runConvergence: with the limit, each width is near it; a method of one's own has none", async () => {
  const { rows, rates, limits } = await converge({
    methods: ["magnitude", "snip", "own"],
    widths: [64, 128],
    reference: 256,
    trials: 3,
    samplesPerClass: 4,
    limit: true,
  });
  assert.deepEqual(
    limits.map((limit) => limit?.length),
    rows.map(({ method }) => method === "own" ? undefined : 64),
  );
  for (const { method, limitDistance, limitNoiseFloor, distance, width } of rows) {
    if (method === "own") {
      assert.equal(limitDistance, undefined);
      continue;
    }
    assert.ok(limitDistance! > 0 && limitNoiseFloor! > 0);
    // The limit knows the width's layer sizes; the reference is another width, whose densities are others.
    if (width === 64) assert.ok(limitDistance! < distance, `${method}: ${limitDistance}, ${distance}`);
  }
  const ofSnip = rows.filter(({ method }) => method === "snip");
  assert.ok(ofSnip[2].limitDistance! < ofSnip[0].limitDistance!);
  for (const { exponent } of rates.filter(({ to }) => to === "reference")) {
    assert.ok(exponent > 0.3 && exponent < 3, `${exponent}`);
  }
  assert.deepEqual(
    [...new Set(rates.filter(({ to }) => to === "limit").map(({ method }) => method))].includes("own"),
    false,
  );
});

Deno.test("runConvergence: a limit's cells hold whole neurons, as the histograms' do", async () => {
  const width = 45,
    grid = 8,
    found = async (grid: number) => {
      const asked = { methods: ["snip"], widths: [24], reference: width, trials: 1, limit: true, grid };
      const { limits, rows } = await converge(asked);
      return limits[rows.findIndex((row) => row.width === width)]!;
    };
  const neurons = await found(width), cells = await found(grid);
  const sums = new Float64Array(grid ** 2), counts = new Float64Array(grid ** 2);
  neurons.forEach((value, at) => {
    const [row, column] = [Math.floor(at / width), at % width].map((place) =>
      Math.floor(place * grid / width)
    );
    sums[row * grid + column] += value;
    counts[row * grid + column]++;
  });
  cells.forEach((value, cell) => assert.ok(Math.abs(value - sums[cell] / counts[cell]) < 1e-5, `${cell}`));
});
