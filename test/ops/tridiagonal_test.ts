import assert from "node:assert/strict";
import fc from "fast-check";
import {
  eigenvectorRows,
  makeTridiagonal,
  tridiagonalEigenvalues,
  type TridiagonalForm,
  tridiagonalRoom,
  tridiagonalRotations,
} from "@graphon-limit/ops";
import { HostKernels, RandomSequence } from "@graphon-limit/runtime";

/** A random symmetric matrix, row-major; with `zeros`, most of it is zero, rows and columns of zeros among it. */
function symmetric(size: number, seed: number, zeros = false): Float64Array {
  const random = new RandomSequence(seed), matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const value = zeros && (i % 3 === 1 || j % 3 === 1 || random.integer(4) > 0) ? 0 : random.normal();
      matrix[i * size + j] = matrix[j * size + i] = value;
    }
  }
  return matrix;
}

/** A matrix made tridiagonal, over memory that is full of NaN before. */
function reduced(matrix: Float64Array, size: number, kernels: HostKernels | undefined): TridiagonalForm {
  const form = tridiagonalRoom(size, kernels), { triangle, pitch } = form;
  triangle.fill(NaN);
  form.factors.fill(NaN);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) triangle[i * pitch + j] = matrix[i * size + j];
  }
  let before = 0;
  for (const share of makeTridiagonal(form)) {
    assert.ok(share >= before && share <= 1);
    before = share;
  }
  return form;
}

/** The largest difference between `rows · matrix · rowsᵀ` and a tridiagonal matrix. */
function mismatch(
  rows: Float64Array,
  matrix: Float64Array,
  { size, diagonal, below }: TridiagonalForm,
): number {
  let worst = 0;
  for (let i = 0; i < size; i++) {
    const image = new Float64Array(size);
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) image[b] += rows[i * size + a] * matrix[a * size + b];
    }
    for (let k = 0; k < size; k++) {
      const found = image.reduce((sum, x, b) => sum + x * rows[k * size + b], 0);
      const wanted = k === i ? diagonal[i] : Math.abs(k - i) === 1 ? below[Math.max(i, k)] : 0;
      worst = Math.max(worst, Math.abs(found - wanted));
    }
  }
  return worst;
}

/** The largest difference between `rows · rowsᵀ` and the identity. */
function skew(rows: Float64Array, size: number): number {
  const identity = new Float64Array(size * size), ones = new Float64Array(size).fill(1);
  for (let i = 0; i < size; i++) identity[i * size + i] = 1;
  const form = { size, diagonal: ones, below: new Float64Array(size) } as TridiagonalForm;
  return mismatch(rows, identity, form);
}

const SIZES = [0, 1, 2, 3, 5, 16, 17, 33, 66, 96, 193];

for (const accelerated of [true, false]) {
  const how = accelerated ? "by kernels" : "plainly";
  Deno.test(`makeTridiagonal: rows that turn the matrix into what it says, ${how}`, () => {
    for (const size of SIZES) {
      for (const zeros of [false, true]) {
        using kernels = accelerated ? HostKernels.open() : undefined;
        const matrix = symmetric(size, size + 1, zeros), form = reduced(matrix, size, kernels);
        const order = Array.from({ length: size }, (_, i) => i), rows = eigenvectorRows(form).rows(order);
        assert.ok(mismatch(rows, matrix, form) < 1e-13 * (size + 1), `${size} rows`);
        assert.ok(skew(rows, size) < 1e-14 * (size + 1), `${size} rows`);
      }
    }
  });

  Deno.test(`tridiagonalRotations: what they turn the rows into are eigenvectors, ${how}`, () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 130 }),
      fc.nat(),
      fc.boolean(),
      (size, seed, zeros) => {
        using kernels = accelerated ? HostKernels.open() : undefined;
        const matrix = symmetric(size, seed, zeros), form = reduced(matrix, size, kernels);
        const values = Float64Array.from(form.diagonal);
        tridiagonalEigenvalues(values, form.below);
        const turned = eigenvectorRows(form);
        for (const share of tridiagonalRotations(form.diagonal, form.below, turned)) assert.ok(share <= 1);
        const order = Array.from(form.diagonal, (_, k) => k).sort((a, b) =>
          form.diagonal[a] - form.diagonal[b]
        );
        // Two methods that share nothing but the matrix.
        values.sort().forEach((value, k) => {
          assert.ok(Math.abs(value - form.diagonal[order[k]]) < 1e-13 * (size + 1), `${k}: ${value}`);
        });
        form.below.fill(0);
        const rows = turned.rows(Array.from(order, (_, k) => k));
        assert.ok(mismatch(rows, matrix, form) < 1e-13 * (size + 1));
        assert.ok(skew(rows, size) < 1e-14 * (size + 1));
      },
    );
    fc.assert(property, { numRuns: 25 });
  });
}

Deno.test("makeTridiagonal: the kernels agree with the twin, and give the same bits again", () => {
  const size = 300, matrix = symmetric(size, 4);
  const [first, second] = [1, 2].map(() => {
    using kernels = HostKernels.open();
    assert.ok(kernels);
    const { diagonal, below } = reduced(matrix, size, kernels);
    return { diagonal, below };
  });
  assert.deepEqual(first, second);
  const { diagonal, below } = reduced(matrix, size, undefined);
  for (let i = 0; i < size; i++) {
    assert.ok(Math.abs(first.diagonal[i] - diagonal[i]) < 1e-10, `diagonal ${i}`);
    assert.ok(Math.abs(first.below[i] - below[i]) < 1e-10, `below ${i}`);
  }
});

Deno.test("tridiagonalEigenvalues: of the second difference, which are known, and of matrices that fall apart", () => {
  const size = 400, values = new Float64Array(size).fill(2);
  tridiagonalEigenvalues(values, new Float64Array(size).fill(-1));
  values.sort().forEach((value, k) => {
    assert.ok(Math.abs(value - 4 * Math.sin((k + 1) * Math.PI / (2 * (size + 1))) ** 2) < 1e-13);
  });
  for (
    const [diagonal, below, expected] of [
      [[], [], []],
      [[3], [0], [3]],
      [[0, 0, 0], [0, 0, 0], [0, 0, 0]],
      [[1, 1, 5, 5], [0, 0, 0, 0], [1, 1, 5, 5]],
      [[0, 0, 0, 0], [0, 2, 0, 1], [-2, -1, 1, 2]],
    ]
  ) {
    const found = Float64Array.from(diagonal);
    tridiagonalEigenvalues(found, Float64Array.from(below));
    found.sort().forEach((value, k) => {
      assert.ok(Math.abs(value - expected[k]) < 1e-15, `${value}, not ${expected[k]}`);
    });
  }
});
