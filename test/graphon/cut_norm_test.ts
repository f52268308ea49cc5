import assert from "node:assert/strict";
import fc from "fast-check";
import { cutNorm, exactCutNorm, StepGraphon } from "@graphon-limit/graphon";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { oneLine } from "../runtime/support.ts";
import { fewCells, randomKernel, shuffled } from "./support.ts";

const drawn = fc.record({ rows: fewCells, cols: fewCells, seed: fc.nat() });
const combined = (a: StepGraphon, b: StepGraphon, scale: number) =>
  new StepGraphon(a.rows, a.cols, a.values.map((value, cell) => value + scale * b.values[cell]));

/** The supremum over all pairs of subsets, straight from its definition. */
function bruteForce({ rows, cols, values }: StepGraphon): number {
  let largest = 0;
  for (let s = 0; s < 2 ** rows; s++) {
    for (let t = 0; t < 2 ** cols; t++) {
      let sum = 0;
      values.forEach((value, cell) => {
        if ((s >> Math.floor(cell / cols)) & (t >> (cell % cols)) & 1) sum += value;
      });
      largest = Math.max(largest, Math.abs(sum));
    }
  }
  return largest / (rows * cols);
}

Deno.test("exactCutNorm: is the supremum over all pairs of subsets", async () => {
  const few = fc.integer({ min: 1, max: 5 });
  await fc.assert(
    fc.asyncProperty(few, few, fc.nat(), async (rows, cols, seed) => {
      const kernel = randomKernel(seed, rows, cols);
      assert.ok(Math.abs(await exactCutNorm(kernel) - bruteForce(kernel)) < 1e-12);
    }),
    { numRuns: 40 },
  );
});

Deno.test("cutNorm: the bounds enclose the exact norm, the lower one nearly always being it", async () => {
  let attained = 0, runs = 0, slack = 0;
  await fc.assert(fc.asyncProperty(drawn, async ({ rows, cols, seed }) => {
    const kernel = randomKernel(seed, rows, cols);
    const exact = await exactCutNorm(kernel), { lower, upper } = await cutNorm(kernel);
    assert.ok(lower <= exact * (1 + 1e-12), `${lower} above ${exact}`);
    assert.ok(upper >= exact * (1 - 1e-12), `${upper} below ${exact}`);
    if (exact === 0) return;
    runs++;
    if (lower > exact * (1 - 1e-12)) attained++;
    slack = Math.max(slack, upper / exact);
  }));
  assert.ok(attained >= 0.95 * runs, `${attained} of ${runs}`);
  // The semidefinite relaxation is within Grothendieck's constant, at most 1.783, of the norm.
  assert.ok(slack < 1.8, `the upper bound is up to ${slack} times the norm`);
});

Deno.test("cutNorm: the same for any order of rows and columns, for the negative and for the transpose", async () => {
  await fc.assert(fc.asyncProperty(drawn, async ({ rows, cols, seed }) => {
    const kernel = randomKernel(seed, rows, cols), exact = await exactCutNorm(kernel);
    const same = [
      shuffled(kernel, seed + 1),
      new StepGraphon(rows, cols, kernel.values.map((value) => -value)),
      new StepGraphon(
        cols,
        rows,
        kernel.values.map((_, cell) => kernel.values[(cell % rows) * cols + Math.floor(cell / rows)]),
      ),
      kernel.regrid(rows, 2 * cols),
    ];
    for (const other of same) assert.ok(Math.abs(await exactCutNorm(other) - exact) < 1e-12);
  }));
});

Deno.test("exactCutNorm: is a norm, and below the L1 norm", async () => {
  await fc.assert(
    fc.asyncProperty(
      drawn,
      fc.double({ min: -3, max: 3, noNaN: true }),
      async ({ rows, cols, seed }, scale) => {
        const a = randomKernel(seed, rows, cols), b = randomKernel(seed + 1, rows, cols);
        const norm = await exactCutNorm(a);
        assert.ok(await exactCutNorm(combined(a, b, 1)) <= norm + await exactCutNorm(b) + 1e-12);
        assert.ok(
          Math.abs(await exactCutNorm(combined(combined(a, a, -1), a, scale)) - Math.abs(scale) * norm) <
            1e-12,
        );
        assert.equal(norm === 0, a.values.every((value) => value === 0));
        const l1 = a.values.reduce((sum, value) => sum + Math.abs(value), 0) / a.values.length;
        assert.ok(norm <= l1 + 1e-12);
      },
    ),
  );
});

Deno.test("cutNorm: kernels whose norm is known", async () => {
  // All of one sign: the integral. f(u)g(v): the product of the larger parts.
  const positive = StepGraphon.from((u, v) => u * v, 20, 30);
  const { lower, upper } = await cutNorm(positive);
  assert.ok(Math.abs(lower - 0.25) < 1e-12 && Math.abs(upper - 0.25) < 1e-12);
  const saddle = await cutNorm(StepGraphon.from((u, v) => (u - 0.5) * (v - 0.5), 32));
  assert.ok(Math.abs(saddle.lower - 1 / 64) < 1e-12);
  assert.ok(saddle.upper < 1.01 / 64, `${saddle.upper}`);
  const zero = await cutNorm(StepGraphon.constant(0, 5, 3));
  assert.deepEqual(zero, { lower: 0, upper: 0 });
});

Deno.test("cutNorm: of noise at the figures' grid the bounds are within 1.8 of each other; seeds repeat", async () => {
  const kernel = randomKernel(3, 64), bounds = await cutNorm(kernel, { seed: 5 });
  assert.ok(bounds.lower > 0 && bounds.upper < 1.8 * bounds.lower, JSON.stringify(bounds));
  assert.deepEqual(await cutNorm(kernel, { seed: 5 }), bounds);
  // The plain spectral bound of such noise is about 2 σ √n · n / n², the weighted one is no worse.
  assert.ok(bounds.upper < 2.1 * Math.sqrt(0.8 / 64), JSON.stringify(bounds));
});

Deno.test("cutNorm, exactCutNorm: refuse no cells, too many to enumerate, a bad number of starts", async () => {
  const empty = new StepGraphon(0, 3, new Float64Array(0));
  await assert.rejects(() => cutNorm(empty), oneLine(InvalidArgumentError, "0×3"));
  await assert.rejects(() => exactCutNorm(empty), oneLine(InvalidArgumentError, "0×3"));
  await assert.rejects(
    () => exactCutNorm(StepGraphon.constant(1, 21)),
    oneLine(InvalidArgumentError, "21×21"),
  );
  await assert.rejects(
    () => cutNorm(StepGraphon.constant(1), { starts: -1 }),
    oneLine(InvalidArgumentError, "starts", "-1"),
  );
});
