import assert from "node:assert/strict";
import fc from "fast-check";
import { addPairDot, dualActivation, multiplyElements, pairProducts } from "@graphon-limit/ops";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import {
  dimension,
  elementSeed,
  type HostMatrix,
  normalMatrix,
  output,
  runCase,
  testDevice,
  testOp,
} from "./harness.ts";

/** A tile of pairs of some samples: rows `firstRow` … `firstRow + rows − 1` with the samples from `firstColumn` on. */
const tiles = fc.record({
  samples: fc.integer({ min: 1, max: 20 }),
  from: fc.nat(),
  column: fc.nat(),
  rows: fc.nat(),
}).map(
  ({ samples, from, column, rows }) => {
    const firstRow = from % samples, firstColumn = column % samples;
    return {
      samples,
      firstRow,
      firstColumn,
      pairs: (rows % (samples - firstRow) + 1) * (samples - firstColumn),
    };
  },
);

testOp(pairProducts, {
  cases: fc.record({
    tile: tiles,
    groups: fc.integer({ min: 1, max: 9 }),
    size: fc.integer({ min: 1, max: 9 }),
    diagonal: fc.boolean(),
    seed: elementSeed,
  }).map(({ tile: { samples, firstRow, firstColumn, pairs }, groups, size, diagonal, seed }) => ({
    args: { x: normalMatrix(seed, groups * size, samples), out: output(groups, diagonal ? samples : pairs) },
    settings: { firstRow, firstColumn, diagonal },
  })),
  tolerance: { absolute: 1e-5, relative: 1e-5 },
});

testOp(addPairDot, {
  cases: fc.record({
    tile: tiles,
    positions: fc.integer({ min: 0, max: 70 }),
    oneRow: fc.boolean(),
    seed: elementSeed,
  }).map(({ tile: { samples, firstRow, firstColumn, pairs }, positions, oneRow, seed }) => ({
    args: {
      a: normalMatrix(seed, positions, pairs),
      b: normalMatrix(seed + 1, oneRow ? 1 : positions, pairs),
      kernel: normalMatrix(seed + 2, samples, samples),
    },
    settings: { scale: 0.5, firstRow, firstColumn },
  })),
  tolerance: { absolute: 1e-4, relative: 1e-5 },
});

testOp(multiplyElements, {
  cases: fc.record({ rows: dimension, cols: dimension, seed: elementSeed }).map(({ rows, cols, seed }) => ({
    args: { x: normalMatrix(seed, rows, cols), y: normalMatrix(seed + 1, rows, cols) },
  })),
  tolerance: { absolute: 0, relative: 1e-6 },
});

/** A rule for the standard normal law that is exact for cubics; what the op does with nodes, not their number, matters here. */
const NODES: HostMatrix = {
  rows: 2,
  cols: 3,
  data: Float32Array.of(-Math.sqrt(3), 0, Math.sqrt(3), 1 / 6, 2 / 3, 1 / 6),
};

testOp(dualActivation, {
  cases: fc.record({
    tile: tiles,
    positions: fc.integer({ min: 1, max: 9 }),
    fn: fc.constantFrom("relu", "erf", "tanh", "linear"),
    diagonal: fc.boolean(),
    scale: fc.constantFrom(1e-6, 0.3, 1, 40),
    seed: elementSeed,
  }).map(({ tile: { samples, firstRow, firstColumn, pairs }, positions, fn, diagonal, scale, seed }) => {
    const random = new RandomSequence(seed);
    const some = () => (random.integer(10) === 0 ? 0 : scale * (0.05 + random.uniform()));
    const variance = {
      rows: positions,
      cols: samples,
      data: Float32Array.from({ length: positions * samples }, some),
    };
    const cols = diagonal ? samples : pairs;
    const covariance = Float32Array.from({ length: positions * cols }, (_, at) => {
      const u = Math.floor(at / cols) * samples, p = at % cols, width = samples - firstColumn;
      if (diagonal) return some();
      const [i, j] = [firstRow + Math.floor(p / width), firstColumn + p % width];
      return (1.98 * random.uniform() - 0.99) * Math.sqrt(variance.data[u + i] * variance.data[u + j]);
    });
    return {
      args: {
        covariance: { rows: positions, cols, data: covariance },
        variance: diagonal ? undefined : variance,
        nodes: fn === "tanh" ? NODES : undefined,
        value: output(positions, cols),
        slope: output(positions, cols),
      },
      settings: { firstRow, firstColumn, fn, diagonal },
    };
  }),
  tolerance: { absolute: 3e-6, relative: 1e-5 },
  runs: 150,
});

for (const kind of ["webgpu", "cpu"] as const) {
  for (const fn of ["relu", "erf", "tanh", "linear"] as const) {
    Deno.test({
      name: `dualActivation: ${fn} is the mean over a fine grid, on ${kind}`,
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const law = { aa: 1.3, bb: 0.6, ab: -0.4 };
        const functions = {
          relu: [(z: number) => Math.max(z, 0), (z: number) => Number(z > 0)],
          erf: [erf, (z: number) => 2 / Math.sqrt(Math.PI) * Math.exp(-z * z)],
          tanh: [Math.tanh, (z: number) => 1 - Math.tanh(z) ** 2],
          linear: [(z: number) => z, () => 1],
        }[fn];
        const args = {
          covariance: { rows: 1, cols: 2, data: Float32Array.of(law.aa, law.ab) },
          variance: { rows: 1, cols: 2, data: Float32Array.of(law.aa, law.bb) },
          nodes: fn === "tanh" ? fineNodes() : undefined,
          value: output(1, 2),
          slope: output(1, 2),
        };
        const settings = { firstRow: 0, firstColumn: 0, fn };
        const { value, slope } = await runCase(await testDevice(kind), dualActivation, { args, settings });
        const own = { aa: law.aa, bb: law.aa, ab: law.aa };
        assert.ok(Math.abs(value[0] - mean(functions[0], own)) < 2e-3, `value of a pair with itself`);
        assert.ok(Math.abs(slope[0] - mean(functions[1], own)) < 2e-3, `slope of a pair with itself`);
        assert.ok(Math.abs(value[1] - mean(functions[0], law)) < 2e-3, `value ${value[1]}`);
        assert.ok(Math.abs(slope[1] - mean(functions[1], law)) < 2e-3, `slope ${slope[1]}`);
      },
    });
  }
}

for (const kind of ["webgpu", "cpu"] as const) {
  Deno.test({
    name:
      `dualActivation: ReLU's of nearly collinear samples is as near as what is taken for rounding allows, on ${kind}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      // A covariance and two variances are rounded to 6e-8 each, roots, products and quotients of them on a GPU again.
      const noise = 3e-7, taken = 2e-6, cases = 300, random = new RandomSequence(4);
      for (
        const angle of [
          0,
          1e-5,
          1e-4,
          3e-4,
          5e-4,
          7e-4,
          9e-4,
          1e-3,
          1.3e-3,
          1.5e-3,
          2e-3,
          2.1e-3,
          2.5e-3,
          2.9e-3,
          3.5e-3,
          5e-3,
          0.01,
          0.1,
        ]
      ) {
        // The angle that comes of what the correlation is off by, and of what is taken for rounding near the least angles.
        const short = angle ** 2 / 2, near = short < 2 * taken + noise;
        const off = near
          ? Math.min(angle + Math.sqrt(4 * noise), Math.sqrt(2 * (taken + noise)))
          : 2 * noise / angle;
        const laws = Array.from({ length: cases }, () => {
          const aa = Math.exp(6 * random.uniform() - 3), bb = aa * 10 ** (12 * random.uniform() - 6);
          return { aa, bb, scale: Math.sqrt(aa * bb) };
        });
        const pairs = laws.flatMap(({ aa, scale }) => [aa, scale * Math.cos(angle)]);
        const variances = laws.flatMap(({ aa, bb }) => [aa, bb]);
        const args = {
          covariance: { rows: cases, cols: 2, data: Float32Array.from(pairs) },
          variance: { rows: cases, cols: 2, data: Float32Array.from(variances) },
          value: output(cases, 2),
          slope: output(cases, 2),
        };
        const settings = { firstRow: 0, firstColumn: 0, fn: "relu" };
        const found = await runCase(await testDevice(kind), dualActivation, { args, settings });
        const rest = Math.PI - angle, exact = (Math.sin(angle) + Math.cos(angle) * rest) / (2 * Math.PI);
        for (const [at, { aa, bb, scale }] of laws.entries()) {
          const where = `${angle}, ${aa}, ${bb}`;
          const slope = Math.abs(found.slope[2 * at + 1] * 2 * Math.PI / rest - 1);
          assert.ok(slope < (angle === 0 ? 2e-7 : off / Math.PI + 4e-7), `slope ${slope} at ${where}`);
          const value = Math.abs(found.value[2 * at + 1] / scale / exact - 1);
          assert.ok(value < 1.5e-6 + (near ? taken : 0), `value ${value} at ${where}`);
        }
      }
    },
  });
}

/** E[f(a) f(b)] by the midpoint rule over eight deviations. */
function mean(f: (z: number) => number, { aa, bb, ab }: { aa: number; bb: number; ab: number }): number {
  const steps = 400, width = 16 / steps, rest = Math.sqrt(Math.max(bb - ab * ab / aa, 0));
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const z = (i + 0.5) * width - 8, a = f(Math.sqrt(aa) * z);
    for (let j = 0; j < steps; j++) {
      const y = (j + 0.5) * width - 8;
      sum += a * f(ab / Math.sqrt(aa) * z + rest * y) * Math.exp(-(z * z + y * y) / 2);
    }
  }
  return sum * width * width / (2 * Math.PI);
}

/** The midpoint rule as nodes and weights. */
function fineNodes(): HostMatrix {
  const count = 60, width = 12 / count;
  const places = Float64Array.from({ length: count }, (_, i) => (i + 0.5) * width - 6);
  const weights = places.map((z) => width * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI));
  return { rows: 2, cols: count, data: Float32Array.of(...places, ...weights) };
}

function erf(z: number): number {
  const steps = 200, width = z / steps;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += Math.exp(-(((i + 0.5) * width) ** 2)) * width;
  return 2 / Math.sqrt(Math.PI) * sum;
}

Deno.test("dualActivation: refuses tanh without nodes, and pairs without variances", async () => {
  const device = await testDevice("cpu");
  const one = normalMatrix(1, 1, 1);
  const args = { covariance: one, value: output(1, 1), slope: output(1, 1) };
  const settings = { firstRow: 0, firstColumn: 0 };
  for (const rest of [{ fn: "tanh", diagonal: true }, { fn: "relu", diagonal: false }]) {
    const run = runCase(device, dualActivation, { args, settings: { ...settings, ...rest } });
    await assert.rejects(run, InvalidArgumentError);
  }
});
