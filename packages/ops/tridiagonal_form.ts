import type { HostKernels } from "@graphon-limit/runtime";
import { tridiagonal_form as assembly } from "./wasm/signatures.ts";

/**
 * A symmetric matrix's lower triangle in float64, `pitch` numbers from one row to the next, where it is made tridiagonal by
 * reflections `I − τ u uᵀ`: afterwards row m is the vector u of reflection m, of m numbers, and `factors[m]` its τ.
 */
export interface TridiagonalForm {
  readonly size: number;
  readonly pitch: number;
  readonly triangle: Float64Array;
  readonly factors: Float64Array;
  readonly diagonal: Float64Array;
  /** Beside the diagonal: number m is that of row m and column m − 1. */
  readonly below: Float64Array;
  /** Where kernels find the triangle and the factors; undefined where there are none. */
  readonly at:
    | { readonly kernels: HostKernels; readonly matrix: number; readonly factors: number }
    | undefined;
}

/** Reflections that are taken together, of small matrices and of those that outgrow the caches. */
const PANEL = 16, LARGE_PANEL = 32, LARGE = 1536;

/** Rows from which on a pass over the triangle has parts; a product has two more for each so many, and a number at most. */
const PAIR_ROWS = 192, MOST_PARTS = 32;

/** Rows for each part of a panel's subtraction. */
const SUBTRACTED_ROWS = 32;

/**
 * Parts of a product with so many rows: the same on any number of threads, and so are the sums. Each part has sums of its own, which
 * one thread adds up: there are few, and an even number, so that two threads are done at the same time.
 */
function partsOf(rows: number): number {
  return Math.max(1, Math.min(MOST_PARTS, 2 * Math.floor(rows / PAIR_ROWS)));
}

/** Parts of a subtraction, which has no sums: as many as it takes for threads to wait little for each other at the end. */
function subtractionParts(rows: number): number {
  return rows < PAIR_ROWS ? 1 : Math.ceil(rows / SUBTRACTED_ROWS);
}

/** Room for a matrix's triangle, to be filled in; in the kernels' memory where there are kernels. */
export function tridiagonalRoom(size: number, kernels: HostKernels | undefined): TridiagonalForm {
  // An odd number of cache lines: rows that are read together then do not fall into one place of a cache.
  const pitch = (Math.ceil(size / 8) | 1) * 8;
  const place = (length: number) => {
    const address = kernels?.allocate(length * 8) ?? 0;
    return { address, array: kernels?.float64(address, length) ?? new Float64Array(length) };
  };
  const matrix = place(size * pitch), factors = place(pitch);
  return {
    size,
    pitch,
    triangle: matrix.array,
    factors: factors.array,
    diagonal: new Float64Array(size),
    below: new Float64Array(size),
    at: kernels && { kernels, matrix: matrix.address, factors: factors.address },
  };
}

/**
 * Makes the matrix tridiagonal by Householder's reflections, from the last row up (docs/mathematics.md §4), in `4/3 n³`
 * operations: by kernels, with panels of reflections as LAPACK's `sytrd`, or plainly.
 *
 * @returns after each piece of work the share of all that is done
 */
export function* makeTridiagonal(form: TridiagonalForm): Generator<number> {
  yield* form.at ? byKernels(form, form.at) : plainly(form);
}

function* byKernels(
  { size, pitch: words, diagonal, below }: TridiagonalForm,
  { kernels, matrix, factors }: NonNullable<TridiagonalForm["at"]>,
): Generator<number> {
  const pitch = words * 8, room = size < LARGE ? PANEL : LARGE_PANEL;
  const w = kernels.allocate(room * pitch), partials = kernels.allocate(partsOf(size) * pitch);
  const products = kernels.allocate(partsOf(size) * room * 16);
  const packed = kernels.allocate(Math.ceil(size / 4) * room * assembly.PAIR_BYTES);
  const diagonalAt = kernels.allocate(pitch), belowAt = kernels.allocate(pitch);
  const reflect = (top: number, m: number) =>
    kernels.launch(assembly.reflect_row, 1, {
      ...{ matrix, pitch, top, m, w, factors },
      diagonal: diagonalAt,
      below: belowAt,
    });
  for (let top = size - 1; top > 0;) {
    const rows = Math.max(0, top - room) + 1;
    for (let m = top; m >= rows; m--) {
      reflect(top, m);
      const parts = partsOf(m);
      kernels.launch(assembly.multiply_triangle, parts, {
        ...{ matrix, pitch, top, m, parts, partials, w, products, room },
      });
      kernels.launch(assembly.finish_reflection, 1, {
        ...{ matrix, pitch, top, m, parts, partials, w, products, factors, packed, room },
      });
    }
    const parts = subtractionParts(rows), count = top - rows + 1;
    kernels.launch(assembly.subtract_panel, parts, { matrix, pitch, rows, parts, packed, room, count });
    top = rows - 1;
    yield 1 - (rows / size) ** 3;
  }
  if (size > 0) reflect(0, 0);
  diagonal.set(kernels.float64(diagonalAt, size));
  below.set(kernels.float64(belowAt, size));
  below[0] = 0;
}

/** The twin, one reflection after another (Martin, Reinsch and Wilkinson 1968). */
function* plainly({ size, pitch, triangle, factors, diagonal, below }: TridiagonalForm): Generator<number> {
  const w = new Float64Array(size);
  for (let m = size - 1; m > 0; m--) {
    const u = triangle.subarray(m * pitch, m * pitch + m);
    diagonal[m] = triangle[m * pitch + m];
    const end = u[m - 1], rest = u.subarray(0, m - 1).reduce((sum, x) => sum + x * x, 0);
    const left = rest === 0 ? end : Math.sqrt(rest + end * end) * (end > 0 ? -1 : 1);
    const tau = rest === 0 ? 0 : (left - end) / left;
    below[m] = left;
    factors[m] = tau;
    for (let j = 0; j < m - 1; j++) u[j] = tau === 0 ? 0 : u[j] / (end - left);
    u[m - 1] = 1;
    if (tau === 0) continue;
    w.fill(0, 0, m);
    for (let i = 0; i < m; i++) {
      const row = triangle.subarray(i * pitch, i * pitch + i + 1);
      w[i] += row[i] * u[i];
      for (let j = 0; j < i; j++) {
        w[i] += row[j] * u[j];
        w[j] += row[j] * u[i];
      }
    }
    const share = 0.5 * tau * tau * u.reduce((sum, x, j) => sum + x * w[j], 0);
    for (let j = 0; j < m; j++) w[j] = tau * w[j] - share * u[j];
    for (let i = 0; i < m; i++) {
      for (let j = 0; j <= i; j++) triangle[i * pitch + j] -= u[i] * w[j] + w[i] * u[j];
    }
    yield 1 - (m / size) ** 3;
  }
  if (size > 0) diagonal[0] = triangle[0];
}
