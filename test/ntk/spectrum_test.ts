import assert from "node:assert/strict";
import fc from "fast-check";
import { EigenvalueDecomposition, Matrix as HostMatrix } from "ml-matrix";
import {
  blockPowerIteration,
  lanczos,
  matrixOperator,
  spectralMetrics,
  type SymmetricOperator,
  traceOf,
} from "@graphon-limit/ntk";
import { type Device, InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";
import { testDevice } from "../ops/harness.ts";

/** A symmetric matrix with the eigenvalues given, its eigenvectors random. */
function withSpectrum(values: readonly number[], seed: number): Float32Array {
  const size = values.length, random = new RandomSequence(seed);
  const matrix = HostMatrix.zeros(size, size);
  values.forEach((value, i) => matrix.set(i, i, value));
  // Reflections at random hyperplanes, one for each of a few dimensions, turn the axes.
  for (let turn = 0; turn < Math.min(size, 12); turn++) {
    const v = Array.from({ length: size }, () => random.normal());
    const square = v.reduce((sum, x) => sum + x * x, 0);
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < size; i++) {
        const row = Array.from({ length: size }, (_, j) => pass ? matrix.get(j, i) : matrix.get(i, j));
        const share = 2 * row.reduce((sum, x, j) => sum + x * v[j], 0) / square;
        row.forEach((x, j) => pass ? matrix.set(j, i, x - share * v[j]) : matrix.set(i, j, x - share * v[j]));
      }
    }
  }
  return Float32Array.from(matrix.to1DArray());
}

const SPECTRA: Record<string, readonly number[]> = {
  "a power law": Array.from({ length: 90 }, (_, k) => (k + 1) ** -1.5),
  "clusters": Array.from(
    { length: 80 },
    (_, k) => (k < 6 ? 5 + k * 1e-3 : k < 12 ? 3 + k * 1e-3 : 1 / (k + 1)),
  ),
  "repeated eigenvalues": Array.from({ length: 70 }, (_, k) => (k < 1 ? 9 : k < 5 ? 4 : k < 8 ? 2 : 0.5 / k)),
  "few eigenvalues, each many times": Array.from({ length: 60 }, (_, k) => 3 - Math.floor(k / 20)),
  "mostly zero": Array.from({ length: 75 }, (_, k) => (k < 4 ? 4 - k : 0)),
  "the zero matrix": new Array(20).fill(0),
  "the identity": new Array(30).fill(1),
  "one row": [2],
};

type Solver = (operator: SymmetricOperator, count: number) => ReturnType<typeof lanczos>;

/** Checks a solver's pairs against the library's eigenvalues and against the definition. */
async function check(device: Device, matrix: Float32Array, count: number, solver: Solver, tolerance: number) {
  const size = Math.sqrt(matrix.length);
  using stored = device.upload(matrix, size, size);
  const { values, vectors, residuals } = await solver(matrixOperator(stored), count);
  const { realEigenvalues } = new EigenvalueDecomposition(HostMatrix.from1DArray(size, size, matrix), {
    assumeSymmetric: true,
  });
  const expected = realEigenvalues.sort((a, b) => b - a);
  assert.equal(values.length, count);
  // Rounding perturbs eigenvalues by a share of the matrix's norm, and λ_1 may be next to nothing beside it where all others
  // are negative; for a kernel the two are one.
  const norm = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  for (let k = 0; k < count; k++) {
    assert.ok(
      Math.abs(values[k] - expected[k]) <= tolerance * norm,
      `λ_${k + 1} ${values[k]}, not ${expected[k]}`,
    );
    assert.ok(residuals[k] * Math.abs(values[0]) <= tolerance * norm, `residual ${k + 1}: ${residuals[k]}`);
    const vector = vectors.subarray(k * size, (k + 1) * size);
    let square = 0;
    for (let i = 0; i < size; i++) {
      let image = 0;
      for (let j = 0; j < size; j++) image += matrix[i * size + j] * vector[j];
      square += (image - values[k] * vector[i]) ** 2;
    }
    const reported = residuals[k] * Math.abs(values[0]);
    assert.ok(Math.abs(Math.sqrt(square) - reported) < 1e-6 * norm, `residual ${k + 1} as reported`);
    for (let other = 0; other <= k; other++) {
      const dot = vector.reduce((sum, x, i) => sum + x * vectors[other * size + i], 0);
      assert.ok(Math.abs(dot - Number(other === k)) < 1e-4, `vectors ${other + 1} and ${k + 1}: ${dot}`);
    }
  }
}

const SOLVERS: Record<string, [Solver, number]> = {
  lanczos: [(operator, count) => lanczos(operator, count), 2e-5],
  blockPowerIteration: [(operator, count) => blockPowerIteration(operator, count), 2e-5],
};

for (const kind of ["cpu", "webgpu"] as const) {
  for (const [name, [solver, tolerance]] of Object.entries(SOLVERS)) {
    for (const [spectrum, values] of Object.entries(SPECTRA)) {
      Deno.test({
        name: `${name}: the leading pairs of ${spectrum}, on ${kind}`,
        sanitizeOps: false,
        sanitizeResources: false,
        async fn() {
          const count = Math.min(values.length, 8);
          await check(await testDevice(kind), withSpectrum(values, 5), count, solver, tolerance);
        },
      });
    }
  }
}

Deno.test("lanczos: random symmetric matrices, definite or not, every number of pairs", async () => {
  const device = await testDevice("cpu");
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 40 }),
    fc.nat(),
    fc.nat(),
    async (size, share, seed) => {
      const random = new RandomSequence(seed);
      const values = Array.from(
        { length: size },
        () => (random.integer(3) > 0 ? random.integer(7) - 3 : random.normal()),
      );
      await check(device, withSpectrum(values, seed + 1), 1 + share % size, (o, k) => lanczos(o, k), 3e-3);
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

Deno.test("lanczos: stops long before the basis is as large as the matrix, with every copy of an eigenvalue", async () => {
  const device = await testDevice("cpu");
  const values = Array.from({ length: 400 }, (_, k) => (k < 1 ? 9 : k < 5 ? 4 : (k + 1) ** -1));
  const matrix = withSpectrum(values, 7);
  await check(device, matrix, 6, async (operator, count) => {
    const pairs = await lanczos(operator, count);
    assert.ok(pairs.products < 200, `${pairs.products} products`);
    return pairs;
  }, 2e-5);
});

Deno.test("lanczos: an operator that is no stored matrix", async () => {
  const device = await testDevice("cpu");
  const size = 50;
  const operator: SymmetricOperator = {
    device,
    size,
    async multiply(block) {
      const data = await device.read(block);
      return device.upload(
        data.map((value, at) => value * (1 + Math.floor(at / block.cols))),
        size,
        block.cols,
      );
    },
  };
  const { values, products } = await lanczos(operator, 3);
  assert.deepEqual(Array.from(values, (value) => Math.round(value * 1e3) / 1e3), [50, 49, 48]);
  assert.ok(products > 3);
});

Deno.test("lanczos, blockPowerIteration: refuse more pairs than there are, and a matrix that is not square", async () => {
  const device = await testDevice("cpu");
  using matrix = device.upload(new Float32Array(4), 2, 2);
  using oblong = device.upload(new Float32Array(6), 2, 3);
  await assert.rejects(lanczos(matrixOperator(matrix), 3), InvalidArgumentError);
  await assert.rejects(blockPowerIteration(matrixOperator(matrix), 0), InvalidArgumentError);
  assert.throws(() => matrixOperator(oblong), InvalidArgumentError);
});

Deno.test("spectralMetrics: of a power law and of small cases, by hand", () => {
  const law = Array.from({ length: 40 }, (_, k) => 3 * (k + 1) ** -1.25);
  const metrics = spectralMetrics(law);
  const total = law.reduce((sum, value) => sum + value);
  assert.ok(Math.abs(metrics.decayRate - 1.25) < 1e-12);
  assert.ok(Math.abs(metrics.spectralGap - 2 ** 1.25) < 1e-12);
  assert.ok(Math.abs(metrics.effectiveRank - total / 3) < 1e-12);
  assert.ok(Math.abs(metrics.conditionNumber - 40 ** 1.25) < 1e-9);
  assert.ok(Math.abs(metrics.energy5 - law.slice(0, 5).reduce((a, b) => a + b) / total) < 1e-12);
  assert.ok(Math.abs(metrics.energy10 - law.slice(0, 10).reduce((a, b) => a + b) / total) < 1e-12);
  assert.deepEqual(metrics.eigenvalues, law.slice(0, 10));
  // What is at most 1e-10 of the largest does not count for the decay: two points make the line.
  assert.ok(Math.abs(spectralMetrics([4, 2, 1e-11, 0, -1e-12]).decayRate - 1) < 1e-12);
  assert.equal(spectralMetrics([4, 2, -1e-12]).conditionNumber, Infinity);
  assert.ok(Number.isNaN(spectralMetrics([4]).spectralGap));
  assert.equal(traceOf([1, 2, 2, 5], 2), 6);
});
