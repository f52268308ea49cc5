import assert from "node:assert/strict";
import fc from "fast-check";
import { divideBlocks, rowDot, scaleRows, softmaxBlocks, standardise } from "@graphon-limit/ops";
import type { AnyOp } from "@graphon-limit/runtime";
import {
  dimension,
  elementSeed,
  type HostMatrix,
  normalMatrix,
  output,
  positiveDimension,
  runCase,
  testDevice,
  testOp,
} from "./harness.ts";
import { withoutSubgroups } from "./other_adapters.ts";

const MODES = ["value", "derivative", "second"] as const;
const mode = fc.constantFrom(...MODES);

function modeArgs(mode: typeof MODES[number], seed: number, rows: number, cols: number) {
  return {
    g: mode === "value" ? undefined : normalMatrix(seed + 1, rows, cols),
    dx: mode === "second" ? normalMatrix(seed + 2, rows, cols) : undefined,
    dg: mode === "second" ? normalMatrix(seed + 3, rows, cols) : undefined,
    out: output(rows, cols),
  };
}

testOp(standardise, {
  cases: fc.record({ rows: positiveDimension, cols: dimension, seed: elementSeed, mode }).map(
    ({ rows, cols, seed, mode }) => ({
      args: { x: normalMatrix(seed, rows, cols), ...modeArgs(mode, seed, rows, cols) },
      // Of two numbers alike the deviation is what epsilon says.
      settings: { epsilon: 0.1, mode },
    }),
  ),
  tolerance: { absolute: 4e-5, relative: 1e-5 },
  runs: 40,
});

/** Blocks of rows that add up to one in each column. */
function shares(
  seed: number,
  blocks: number,
  size: number,
  cols: number,
): HostMatrix & { data: Float32Array } {
  const data = normalMatrix(seed, blocks * size, cols).data.map(Math.exp);
  for (let block = 0; block < blocks; block++) {
    for (let j = 0; j < cols; j++) {
      const places = Array.from({ length: size }, (_, t) => (block * size + t) * cols + j);
      const total = places.reduce((sum, at) => sum + data[at], 0);
      for (const at of places) data[at] /= total;
    }
  }
  return { rows: blocks * size, cols, data };
}

const blocks = fc.record({
  blocks: fc.nat(4),
  size: fc.constantFrom(1, 2, 3, 8, 33),
  cols: dimension,
  seed: elementSeed,
});

testOp(softmaxBlocks, {
  cases: fc.tuple(blocks, mode, fc.constantFrom(1, 30)).map((
    [{ blocks, size, cols, seed }, mode, spread],
  ) => ({
    args: {
      x: mode === "value"
        ? normalMatrix(seed, blocks * size, cols, spread)
        : shares(seed, blocks, size, cols),
      ...modeArgs(mode, seed, blocks * size, cols),
    },
    settings: { size, mode },
  })),
  tolerance: { absolute: 2e-6, relative: 5e-6 },
});
testOp(divideBlocks, {
  cases: fc.tuple(blocks, fc.constantFrom("sum", "rootMeanSquare")).map(
    ([{ blocks, size, cols, seed }, kind]) => {
      const x = normalMatrix(seed, blocks * size, cols);
      return {
        args: {
          x: { ...x, data: x.data.map(Math.abs) },
          g: normalMatrix(seed + 1, x.rows, cols),
          out: output(x.rows, cols),
        },
        settings: { size, kind },
      };
    },
  ),
  tolerance: { absolute: 1e-6, relative: 5e-6 },
});
testOp(scaleRows, {
  cases: fc.record({
    rows: dimension,
    cols: dimension,
    seed: elementSeed,
    accumulate: fc.nat(1),
    absolute: fc.boolean(),
  }).map(({ rows, cols, seed, ...settings }) => ({
    args: {
      column: normalMatrix(seed, rows, 1),
      x: normalMatrix(seed + 1, rows, cols),
      out: normalMatrix(seed + 2, rows, cols),
    },
    settings: { scale: 0.5, ...settings },
  })),
  tolerance: { absolute: 1e-6, relative: 1e-6 },
});
for (const op of [rowDot, withoutSubgroups(rowDot)]) {
  testOp(op, {
    cases: fc.record({ rows: dimension, cols: dimension, seed: elementSeed, both: fc.boolean() }).map(
      ({ rows, cols, seed, both }) => {
        const [a, x, a2, x2] = [0, 1, 2, 3].map((more) => normalMatrix(seed + more, rows, cols));
        return { args: { a, x, ...(both ? { a2, x2 } : {}), y: output(rows, 1) } };
      },
    ),
    tolerance: { absolute: 1e-4, relative: 1e-5 },
  });
}

/** The twin's output, in which everything but the last rounding is of float64. */
async function twin(op: AnyOp, args: Record<string, HostMatrix>, settings: Record<string, number | string>) {
  const { rows, cols } = args.x, all = { ...args, out: output(rows, cols) };
  return (await runCase(await testDevice("twin"), op, { args: all, settings })).out;
}

/** A change of what a function gives, by differences. */
async function difference(
  at: (step: number) => Promise<ArrayLike<number>>,
  step = 2 ** -7,
): Promise<number[]> {
  const [above, below] = [await at(step), await at(-step)];
  return Array.from(above, (value, i) => (value - below[i]) / (2 * step));
}

const moved = (x: HostMatrix & { data: Float32Array }, dx: { data: Float32Array }, step: number) => ({
  ...x,
  data: x.data.map((value, i) => value + step * dx.data[i]),
});

for (const [op, settings] of [[standardise, { epsilon: 0.1 }], [softmaxBlocks, { size: 5 }]] as const) {
  Deno.test({
    name: `${op.name}: its derivatives are those that differences find`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const rows = 10, cols = 3, [x, g, dx, dg] = [1, 2, 3, 4].map((seed) => normalMatrix(seed, rows, cols));
      const near = (found: ArrayLike<number>, expected: readonly number[], what: string) =>
        expected.forEach((value, i) =>
          assert.ok(Math.abs(found[i] - value) < 2e-3, `${what}: ${found[i]}, ${value}`)
        );
      // Softmax's derivatives are of what it gave.
      const at = async (step: number) => {
        const there = moved(x, dx, step);
        if (op !== softmaxBlocks) return there;
        const data = Float32Array.from(await twin(op, { x: there }, { ...settings, mode: "value" }));
        return { rows, cols, data };
      };
      const forth = await difference((step) =>
        twin(op, { x: moved(x, dx, step) }, { ...settings, mode: "value" })
      );
      const here = await at(0),
        change = await twin(op, { x: here, g: dx }, { ...settings, mode: "derivative" });
      near(change, forth, "along dx");
      const back = await difference(async (step) =>
        await twin(op, { x: await at(step), g: moved(g, dg, step) }, { ...settings, mode: "derivative" })
      );
      const data = Float32Array.from(change), own = op === softmaxBlocks ? { rows, cols, data } : dx;
      near(
        await twin(op, { x: here, g, dx: own, dg }, { ...settings, mode: "second" }),
        back,
        "what flows back",
      );
    },
  });
}
