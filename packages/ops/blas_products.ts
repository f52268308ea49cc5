import type { Kernels, View } from "@graphon-limit/runtime";
import { isSparse } from "./packed_products.ts";
import { mask_weights as assembly } from "./wasm/signatures.ts";

/** Products of fewer multiplications, or thinner than this, are the kernels': handing over takes longer, as measured. */
const FEWEST_MULTIPLICATIONS = 2 ** 21, THINNEST = 32;

/** The density below which visiting the kept weights alone is faster than a BLAS that multiplies everything, as measured. */
const SPARSE_BELOW = 0.25;

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
  const { rows, cols } = weights, out = kernels.allocate(rows * cols * 4);
  kernels.launch(assembly.mask_weights, Math.ceil(rows / assembly.PART_ROWS), {
    weights: kernels.address(weights),
    mask: kernels.address(mask),
    maskPitch: mask.wordsPerRow * 4,
    out,
    rows,
    columns: cols,
  });
  return out;
}
