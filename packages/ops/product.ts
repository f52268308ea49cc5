import type { DeviceInfo, Tuning } from "@graphon-limit/runtime";
import { LONGEST } from "./grid.ts";
import { registerBlock, registerGrid, registerTuning } from "./register_block.ts";
import { type Product, type ProductSize, tiledProduct, tileGrid, tileTuning } from "./tiled_product.ts";

/**
 * WGSL for a product of matrices: by registers alone on software adapters, by tiles in workgroup memory on others. It is the
 * entry point of a shader that defines how terms are loaded, four at a time, and how sums are stored.
 */
export function productShader(product: Product): string {
  return registerBlock(product) + tiledProduct(product);
}

/** Switches of {@linkcode productShader} for a product of that size; `aligned` rows allow loads of four. */
export function productTuning(size: ProductSize, aligned: boolean, info: DeviceInfo): Tuning {
  // The switches of the form not taken stay off, so that they make no pipelines of their own.
  const off = { narrow: false, subgroups: false, flat: false, large: false, split: false };
  const chosen = info.software ? registerTuning(size, info) : tileTuning(size, info);
  return { ...off, ...chosen, tiled: !info.software, vec4: aligned };
}

/** Workgroups of {@linkcode productShader}; those along the columns, of which there may be any number, go on along z. */
export function productGrid(rows: number, cols: number, tuning: Tuning): [number, number, number] {
  if (!tuning.tiled) {
    const [x, y] = registerGrid(rows, cols, tuning);
    return [x, Math.min(y, LONGEST), Math.ceil(y / LONGEST)];
  }
  const [x, y] = tileGrid(rows, cols, tuning);
  return [Math.min(x, LONGEST), y, Math.ceil(x / LONGEST)];
}
