import { type Kernels, popCount, type View } from "@graphon-limit/runtime";
import {
  packed_products as assembly,
  shared_kept_weights as blocks,
  shared_tile as tile,
} from "./wasm/signatures.ts";

/** Bytes of a matrix [inner, columns] packed as the left side of a product: by tiles of its columns. */
export function packedLeftBytes(inner: number, columns: number): number {
  return Math.ceil(columns / tile.TILE_ROWS) * inner * tile.TILE_ROWS * 4;
}

/** Bytes of a matrix [inner, columns] packed as the right side. */
export function packedRightBytes(inner: number, columns: number): number {
  return Math.ceil(columns / tile.TILE_COLUMNS) * inner * tile.TILE_COLUMNS * 4;
}

/** Rows `firstRow` to `firstRow + inner` of a product's right side [inner, cols], packed by tiles of columns. */
export function packedRight(kernels: Kernels, x: View, inner: number, cols: number, firstRow = 0): number {
  const target = kernels.allocate(packedRightBytes(inner, cols));
  kernels.launch(assembly.pack_right, Math.ceil(inner / assembly.PACKED_ROWS), {
    source: kernels.address(x) + firstRow * cols * 4,
    pitch: cols,
    inner,
    columns: cols,
    target,
  });
  return target;
}

/** The same by blocks of more columns, for the kernels that visit only the weights kept. */
export function packedBlocks(kernels: Kernels, x: View, inner: number, cols: number, firstRow = 0): number {
  const target = kernels.allocate(Math.ceil(cols / blocks.BLOCK_COLUMNS) * inner * blocks.BLOCK_ROW);
  kernels.launch(assembly.pack_blocks, Math.ceil(inner / assembly.PACKED_ROWS), {
    source: kernels.address(x) + firstRow * cols * 4,
    inner,
    columns: cols,
    target,
  });
  return target;
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
