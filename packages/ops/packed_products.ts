import { type Kernels, popCount, type View } from "@graphon-limit/runtime";

/** Rows that a part of the kernel `pack_right` packs. */
const PACKED_ROWS = 64;

/** Rows `firstRow` to `firstRow + inner` of a product's right side [inner, cols], packed by tiles of eight columns. */
export function packedRight(kernels: Kernels, x: View, inner: number, cols: number, firstRow = 0): number {
  const packed = kernels.allocate(Math.ceil(cols / 8) * inner * 32);
  const source = kernels.address(x) + firstRow * cols * 4;
  kernels.launch("pack_right", Math.ceil(inner / PACKED_ROWS), source, cols, inner, cols, packed);
  return packed;
}

/** The same by blocks of 32 columns, for the kernels that visit only the weights kept. */
export function packedBlocks(kernels: Kernels, x: View, inner: number, cols: number, firstRow = 0): number {
  const packed = kernels.allocate(Math.ceil(cols / 32) * inner * 128);
  const source = kernels.address(x) + firstRow * cols * 4;
  kernels.launch("pack_blocks", Math.ceil(inner / PACKED_ROWS), source, inner, cols, packed);
  return packed;
}

/** The density below which visiting the kept weights alone is faster than multiplying everything, as measured. */
const SPARSE_BELOW = 0.35;

/** Mask words looked at to tell its density. */
const SAMPLED_WORDS = 1024;

/** Whether so few weights are kept that they are best visited one by one. */
export function isSparse(
  mask: View<Uint32Array> | undefined,
  below = SPARSE_BELOW,
): mask is View<Uint32Array> {
  if (!mask || mask.rows === 0 || mask.cols === 0) return false;
  const words = mask.rows * mask.wordsPerRow, sampled = Math.min(words, SAMPLED_WORDS);
  let ones = 0;
  for (let i = 0; i < sampled; i++) ones += popCount(mask.data[Math.floor(i * words / sampled)]);
  return ones / sampled < below * mask.cols / mask.wordsPerRow;
}
