import {
  eigenvectorRows,
  makeTridiagonal,
  tridiagonalEigenvalues,
  type TridiagonalForm,
  tridiagonalRoom,
  tridiagonalRotations,
} from "@graphon-limit/ops";
import { heedSignal, HostKernels, InvalidArgumentError, type LongCallOptions } from "@graphon-limit/runtime";

/** Eigenvalues and eigenvectors of a symmetric matrix. */
export interface EigenSystem {
  /** From the largest to the smallest. */
  readonly values: Float64Array;
  /** Orthonormal, one after another: component `i` of vector `k` is `vectors[k · size + i]`. */
  readonly vectors: Float64Array;
}

/** Rows below which handing over to kernels takes longer than the work. */
const SMALL = 48;

/** Milliseconds of work between two looks at the signal. */
const LOOK_MS = 50;

/** Steps that progress counts. */
const STEPS = 1000;

/**
 * All eigenpairs of a symmetric matrix, in float64 on the host: made tridiagonal by Householder's reflections and solved by the QL
 * method, by WebAssembly kernels on all cores where the engine has them. The same on any number of cores, to the last bit.
 *
 * @param matrix row-major [size, size]; of an element and its mirror image the one below the diagonal counts
 * @throws {InvalidArgumentError} if it is of another size or not finite
 */
export function symmetricEigen(matrix: ArrayLike<number>, size: number): EigenSystem {
  const work = solve(matrix, size, true);
  for (let step = work.next();; step = work.next()) if (step.done) return step.value;
}

/**
 * All eigenpairs as {@linkcode symmetricEigen} finds them, by a call that may be watched and ended early. Progress counts
 * thousandths.
 *
 * @throws {InvalidArgumentError} if the matrix is of another size or not finite
 */
export function eigensystem(
  matrix: ArrayLike<number>,
  size: number,
  options: LongCallOptions = {},
): Promise<EigenSystem> {
  return finish(solve(matrix, size, true), options);
}

/**
 * All eigenvalues of a symmetric matrix, from the largest to the smallest, in a fraction of the time that vectors take.
 * Progress counts thousandths.
 *
 * @param matrix row-major [size, size]; of an element and its mirror image the one below the diagonal counts
 * @throws {InvalidArgumentError} if it is of another size or not finite
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { symmetricEigenvalues } from "@graphon-limit/ntk";
 *
 * const values = await symmetricEigenvalues([2, 1, 1, 2], 2);
 * assert.ok(Math.abs(values[0] - 3) < 1e-12 && Math.abs(values[1] - 1) < 1e-12);
 * ```
 */
export async function symmetricEigenvalues(
  matrix: ArrayLike<number>,
  size: number,
  options: LongCallOptions = {},
): Promise<Float64Array> {
  return (await finish(solve(matrix, size, false), options)).values;
}

async function finish(work: Generator<number, EigenSystem>, options: LongCallOptions): Promise<EigenSystem> {
  options.signal?.throwIfAborted();
  try {
    for (let looked = performance.now();;) {
      const step = work.next();
      if (step.done) {
        options.onProgress?.(STEPS, STEPS);
        return step.value;
      }
      if (performance.now() - looked < LOOK_MS) continue;
      options.onProgress?.(Math.min(Math.floor(step.value * STEPS), STEPS - 1), STEPS);
      await heedSignal(options);
      looked = performance.now();
    }
  } finally {
    // Gives back what an unfinished solution holds.
    work.return({ values: new Float64Array(), vectors: new Float64Array() });
  }
}

/** The parts of the work that finding values is, and their vectors after that. */
const VALUES_SHARE = 0.3;

/** The eigenvalues, and the vectors if wanted; it yields what share of the work is done. */
function* solve(
  matrix: ArrayLike<number>,
  size: number,
  wanted: boolean,
): Generator<number, EigenSystem> {
  if (matrix.length !== size * size) {
    throw new InvalidArgumentError(`Expected ${size}×${size} numbers but found ${matrix.length}`);
  }
  using kernels = size < SMALL ? undefined : HostKernels.open();
  const form = tridiagonalRoom(size, kernels), scale = fill(form, matrix);
  const reduction = wanted ? VALUES_SHARE : 1;
  for (const share of makeTridiagonal(form)) yield reduction * share;
  if (!wanted) {
    tridiagonalEigenvalues(form.diagonal, form.below);
    const values = form.diagonal.map((value) => value * scale).sort().reverse();
    return { values, vectors: new Float64Array() };
  }
  const rows = eigenvectorRows(form), turned = tridiagonalRotations(form.diagonal, form.below, rows);
  for (const share of turned) yield reduction + (1 - reduction) * share;
  const order = Array.from(form.diagonal, (_, k) => k).sort((a, b) => form.diagonal[b] - form.diagonal[a]);
  return { values: Float64Array.from(order, (k) => form.diagonal[k] * scale), vectors: rows.rows(order) };
}

/** Copies the lower triangle, divided by the power of two that is returned: then nothing overflows, nor vanishes that counts. */
function fill({ size, pitch, triangle }: TridiagonalForm, matrix: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const value = matrix[i * size + j];
      if (!Number.isFinite(value)) {
        throw new InvalidArgumentError(
          `Expected a finite matrix but found ${value} in row ${i}, column ${j}`,
        );
      }
      largest = Math.max(largest, Math.abs(value));
    }
  }
  const scale = largest === 0 ? 1 : 2 ** Math.max(Math.floor(Math.log2(largest)), -1022);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) triangle[i * pitch + j] = matrix[i * size + j] / scale;
  }
  return scale;
}
