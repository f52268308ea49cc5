import type { Kernels, View } from "@graphon-limit/runtime";

/** Rows that a part of the kernel `pack_right` packs. */
const PACKED_ROWS = 64;

/** Rows `firstRow` to `firstRow + inner` of a product's right side [inner, cols], packed by tiles of eight columns. */
export function packedRight(kernels: Kernels, x: View, inner: number, cols: number, firstRow = 0): number {
  const packed = kernels.allocate(Math.ceil(cols / 8) * inner * 32);
  const source = kernels.address(x) + firstRow * cols * 4;
  kernels.launch("pack_right", Math.ceil(inner / PACKED_ROWS), source, cols, inner, cols, packed);
  return packed;
}
