import assert from "node:assert/strict";
import { EigenvalueDecomposition, Matrix as HostMatrix } from "ml-matrix";
import { eigensystem, symmetricEigen, symmetricEigenvalues } from "@graphon-limit/ntk";
import { InvalidArgumentError, RandomSequence } from "@graphon-limit/runtime";

/** A matrix with these eigenvalues, in float64: `H diag H`, H = I − 2 v vᵀ / |v|² for each of some random v in turn. */
function withSpectrum(values: readonly number[], seed: number): Float64Array {
  const size = values.length, random = new RandomSequence(seed), matrix = new Float64Array(size * size);
  values.forEach((value, i) => matrix[i * size + i] = value);
  for (let turn = 0; turn < 3; turn++) {
    const v = Float64Array.from({ length: size }, () => random.normal());
    const square = v.reduce((sum, x) => sum + x * x, 0), image = new Float64Array(size);
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) image[i] += matrix[i * size + j] * v[j];
    const share = image.reduce((sum, x, i) => sum + x * v[i], 0) / square;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        matrix[i * size + j] -= 2 * (v[i] * image[j] + image[i] * v[j] - 2 * share * v[i] * v[j]) / square;
      }
    }
  }
  return matrix;
}

const range = (size: number, value: (k: number) => number) =>
  Array.from({ length: size }, (_, k) => value(k));

const SPECTRA: Record<string, readonly number[]> = {
  "a power law over ten decades": range(150, (k) => 10 ** (-10 * k / 149)),
  "clusters nearer than rounding": range(140, (k) => 1 + Math.floor(k / 20) + (k % 20) * 1e-15),
  "one value and many zeros": range(130, (k) => (k < 1 ? 7 : 0)),
  "both signs, half of them zero": range(160, (k) => (k % 2 ? 0 : (k - 80) / 10)),
  "the identity": range(100, () => 1),
  "the zero matrix": range(64, () => 0),
  "Wilkinson's pairs": range(101, (k) => Math.abs(k - 50)),
  "fewer than the kernels take": range(9, (k) => k * k),
  "one": [-3],
  "none": [],
};

for (const [name, spectrum] of Object.entries(SPECTRA)) {
  Deno.test(`symmetricEigenvalues, symmetricEigen: ${name}`, async () => {
    const size = spectrum.length, matrix = withSpectrum(spectrum, 3);
    const expected = spectrum.toSorted((a, b) => b - a), largest = Math.max(...spectrum.map(Math.abs), 1e-30);
    const alone = await symmetricEigenvalues(matrix, size),
      { values, vectors } = symmetricEigen(matrix, size);
    assert.deepEqual([alone.length, values.length, vectors.length], [size, size, size * size]);
    for (let k = 0; k < size; k++) {
      for (const found of [alone[k], values[k]]) {
        assert.ok(
          Math.abs(found - expected[k]) <= 2e-14 * largest,
          `λ_${k + 1} ${found}, not ${expected[k]}`,
        );
      }
      const vector = vectors.subarray(k * size, (k + 1) * size);
      for (let i = 0; i < size; i++) {
        const image = vector.reduce((sum, x, j) => sum + matrix[i * size + j] * x, 0);
        assert.ok(
          Math.abs(image - values[k] * vector[i]) < 1e-13 * largest,
          `vector ${k + 1}, component ${i}`,
        );
      }
      for (let other = 0; other <= k; other++) {
        const dot = vector.reduce((sum, x, i) => sum + x * vectors[other * size + i], 0);
        assert.ok(Math.abs(dot - Number(other === k)) < 1e-13, `vectors ${other + 1} and ${k + 1}: ${dot}`);
      }
    }
  });
}

Deno.test("symmetricEigenvalues: what ml-matrix finds, and the same at any scale", async () => {
  const size = 180, random = new RandomSequence(8), matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) matrix[i * size + j] = matrix[j * size + i] = random.normal();
  }
  const { realEigenvalues } = new EigenvalueDecomposition(HostMatrix.from1DArray(size, size, matrix), {
    assumeSymmetric: true,
  });
  const expected = realEigenvalues.sort((a, b) => b - a);
  const values = await symmetricEigenvalues(matrix, size);
  values.forEach((value, k) => assert.ok(Math.abs(value - expected[k]) < 1e-12));
  for (const scale of [2 ** 900, 2 ** -900]) {
    const scaled = await symmetricEigenvalues(Float64Array.from(matrix, (value) => value * scale), size);
    assert.deepEqual(scaled, values.map((value) => value * scale));
  }
});

Deno.test("symmetricEigenvalues, eigensystem: tell how far they are, and end when the signal says so", async () => {
  // Many times longer than what lies between two looks at the signal.
  const size = 1500, matrix = withSpectrum(range(size, (k) => k), 1);
  for (const call of [symmetricEigenvalues, eigensystem]) {
    const told: number[] = [];
    await call(matrix, size, { onProgress: (done, total) => told.push(done / total) });
    assert.deepEqual(told, told.toSorted((a, b) => a - b));
    assert.equal(told.at(-1), 1);
    const reason = new Error("enough");
    await assert.rejects(call(matrix, size, { signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController(), onProgress = () => controller.abort(reason);
    await assert.rejects(call(matrix, size, { signal: controller.signal, onProgress }), reason);
  }
});

Deno.test("symmetricEigen: refuses a matrix that is not finite, or of another size", async () => {
  assert.throws(() => symmetricEigen([1, NaN, NaN, 1], 2), InvalidArgumentError);
  assert.throws(() => symmetricEigen([1, 2, 3], 2), InvalidArgumentError);
  await assert.rejects(symmetricEigenvalues([Infinity], 1), InvalidArgumentError);
  await assert.rejects(eigensystem([1], 2), InvalidArgumentError);
});
