import type { Kernels, View } from "@graphon-limit/runtime";
import { isSparse } from "./packed_products.ts";

/** Products of fewer multiplications, or thinner than this, are the kernels': handing over takes longer, as measured. */
const FEWEST_MULTIPLICATIONS = 2 ** 21, THINNEST = 32;

/** The density below which visiting the kept weights alone is faster than a BLAS that multiplies everything, as measured. */
const SPARSE_BELOW = 0.25;

/** Rows that a part of the kernels `mask_weights` and `score_gradients` takes. */
export const DENSE_ROWS = 16;

/** The BLAS's product where there is one and it is the fastest for these sizes and this mask. */
export function blasFor(
  kernels: Kernels,
  [rows, cols, inner]: readonly [number, number, number],
  mask: View<Uint32Array> | undefined,
): Kernels["multiply"] {
  if (!kernels.multiply || Math.min(rows, cols, inner) < THINNEST) return undefined;
  if (rows * cols * inner < FEWEST_MULTIPLICATIONS || isSparse(mask, SPARSE_BELOW)) return undefined;
  return kernels.multiply;
}

/** The address of `weights ⊙ mask`: a copy, and without a mask the weights themselves. */
export function denseWeights(kernels: Kernels, weights: View, mask: View<Uint32Array> | undefined): number {
  if (!mask) return kernels.address(weights);
  const { rows, cols } = weights, copy = kernels.allocate(rows * cols * 4);
  const stored = [kernels.address(weights), kernels.address(mask), mask.wordsPerRow * 4];
  kernels.launch("mask_weights", Math.ceil(rows / DENSE_ROWS), ...stored, copy, rows, cols);
  return copy;
}

/** Turns the gradients in `out` into what the op `saliency` gives, in their place; `kind` 0 leaves them, masked. */
export function scoreGradients(
  kernels: Kernels,
  { weights, mask, out }: { weights?: View; mask?: View<Uint32Array>; out: View },
  pruned: number,
  kind: number,
): void {
  if (kind === 0 && !mask) return;
  const stored = [kernels.address(weights), kernels.address(mask), (mask?.wordsPerRow ?? 0) * 4];
  const parts = Math.ceil(out.rows / DENSE_ROWS);
  kernels.launch("score_gradients", parts, ...stored, kernels.address(out), out.rows, out.cols, pruned, kind);
}
