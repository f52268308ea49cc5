import assert from "node:assert/strict";
import fc from "fast-check";
import { DEFAULT_GRID, orderByDegree, sortAndSmooth } from "@graphon-limit/graphon";
import { InvalidArgumentError, packBits, RandomSequence } from "@graphon-limit/runtime";
import { onBothDevices, oneLine } from "../runtime/support.ts";

/** Ones with probability `density`, thinned towards the end so that degrees differ; with some ties and dead rows. */
function randomMask(seed: number, rows: number, cols: number, density: number): number[][] {
  const random = new RandomSequence(seed);
  return Array.from({ length: rows }, () => {
    const own = density * random.integer(4) / 3;
    return Array.from({ length: cols }, () => Number(random.uniform() < own));
  });
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const transposed = (matrix: number[][], cols: number) =>
  Array.from({ length: cols }, (_, j) => matrix.map((row) => row[j]));

/** Indices by descending degree; the sort is stable, so ties stay by index. */
const sorted = (lines: number[][]) => lines.map((_, i) => i).sort((a, b) => sum(lines[b]) - sum(lines[a]));

/** `share[cell][i]`: how much of an axis's cell the node in place `i` of `n` makes up (docs/mathematics.md §3). */
function shares(n: number, grid: number): number[][] {
  return Array.from({ length: grid }, (_, cell) => {
    const line = Array.from({ length: n }, (_, i) => {
      if (n >= grid) return Number(Math.floor(i * grid / n) === cell);
      return Math.max(0, Math.min((i + 1) / n, (cell + 1) / grid) - Math.max(i / n, cell / grid));
    });
    const whole = sum(line);
    return line.map((share) => share / whole);
  });
}

/** Sort-and-smooth straight from its definition. */
function bruteForce(mask: number[][], cols: number, grid: number): number[] {
  const rowOrder = sorted(mask), columnOrder = sorted(transposed(mask, cols));
  const rowShares = shares(mask.length, grid), columnShares = shares(cols, grid);
  return rowShares.flatMap((rowShare) =>
    columnShares.map((columnShare) =>
      sum(rowOrder.flatMap((i, a) => columnOrder.map((j, b) => rowShare[a] * columnShare[b] * mask[i][j])))
    )
  );
}

const drawn = fc.record({
  rows: fc.integer({ min: 1, max: 40 }),
  cols: fc.integer({ min: 1, max: 40 }),
  grid: fc.integer({ min: 1, max: 12 }),
  density: fc.constantFrom(0, 0.2, 0.7, 1),
  seed: fc.nat(),
});

for (const limit of [undefined, 640]) {
  const panels = limit ? ", in row panels" : "";
  onBothDevices(`sortAndSmooth: is its definition, for any shape and grid${panels}`, async (device) => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ rows, cols, grid, density, seed }) => {
        const mask = randomMask(seed, rows, cols, density);
        using bits = device.uploadBits(packBits(mask.flat(), rows, cols), rows, cols);
        const { graphon, kept, deadInputs, deadOutputs } = await sortAndSmooth(bits, grid);
        const expected = bruteForce(mask, cols, grid);
        assert.deepEqual([graphon.rows, graphon.cols], [grid, grid]);
        expected.forEach((value, i) => {
          assert.ok(Math.abs(graphon.values[i] - value) < 1e-12, `cell ${i}: ${graphon.values[i]}, ${value}`);
        });
        assert.equal(kept, sum(mask.flat()));
        assert.equal(deadOutputs, mask.filter((row) => sum(row) === 0).length);
        assert.equal(deadInputs, transposed(mask, cols).filter((column) => sum(column) === 0).length);
      }),
      { numRuns: 40 },
    );
  }, limit);
}

onBothDevices(
  "sortAndSmooth: an axis shorter than the grid gives the mask's exact cell average",
  async (device) => {
    // Sorted, the mask is [[1, 1], [1, 0]]; the middle of three cells is shared half and half.
    using bits = device.uploadBits(packBits([0, 1, 1, 1], 2, 2), 2, 2);
    const { graphon } = await sortAndSmooth(bits, 3);
    const expected = [1, 1, 1, 1, 0.75, 0.5, 1, 0.5, 0];
    graphon.values.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-15));
    assert.ok(Math.abs(graphon.density - 0.75) < 1e-15);
  },
);

onBothDevices(
  "sortAndSmooth: n not a multiple of the grid puts place i into interval ⌊i·grid/n⌋",
  async (device) => {
    // Five rows in two intervals: places 0, 1, 2 and 3, 4. Degrees 4, 3, 2, 1, 0, given upside down.
    const mask = Array.from({ length: 5 }, (_, i) => Array.from({ length: 4 }, (_, j) => Number(j < i)));
    using bits = device.uploadBits(packBits(mask.flat(), 5, 4), 5, 4);
    const { graphon } = await sortAndSmooth(bits, 2);
    assert.deepEqual([...graphon.values], [1, 3 / 6, 1 / 4, 0]);
  },
);

onBothDevices(
  "sortAndSmooth: gives back the memory it took; the paper's grid unless told otherwise",
  async (device) => {
    using bits = device.uploadBits(packBits(new Uint8Array(100).fill(1), 10, 10), 10, 10);
    const before = device.memory.live;
    const { graphon } = await sortAndSmooth(bits);
    assert.deepEqual([graphon.rows, graphon.cols], [DEFAULT_GRID, DEFAULT_GRID]);
    assert.ok(graphon.values.every((value) => Math.abs(value - 1) < 1e-12));
    assert.equal(device.memory.live, before);
    for (const grid of [0, -1, 2.5, NaN]) {
      await assert.rejects(
        () => sortAndSmooth(bits, grid),
        oneLine(InvalidArgumentError, "grid", String(grid)),
      );
    }
  },
);

onBothDevices("sortAndSmooth: axes that are kept are neither sorted nor cut", async (device) => {
  const rows = 9, cols = 40, grid = 3;
  const mask = randomMask(11, rows, cols, 0.7);
  using bits = device.uploadBits(packBits(mask.flat(), rows, cols), rows, cols);
  const both = await sortAndSmooth(bits, grid, { inputs: true, outputs: true });
  assert.deepEqual([both.graphon.rows, both.graphon.cols], [rows, cols]);
  assert.deepEqual([...both.graphon.values], mask.flat());
  const { graphon } = await sortAndSmooth(bits, grid, { inputs: true });
  assert.deepEqual([graphon.rows, graphon.cols], [grid, cols]);
  const order = sorted(mask);
  for (let a = 0; a < grid; a++) {
    for (let j = 0; j < cols; j++) {
      const mean = sum([0, 1, 2].map((place) => mask[order[3 * a + place]][j])) / 3;
      assert.ok(Math.abs(graphon.values[a * cols + j] - mean) < 1e-12);
    }
  }
});

Deno.test("orderByDegree: descending, ties by index", () => {
  assert.deepEqual([...orderByDegree(Uint32Array.of(2, 5, 2, 0, 5, 2))], [1, 4, 0, 2, 5, 3]);
});
