import { shared_optimiser_parts as assembly } from "./wasm/signatures.ts";

/** Parts of a launch of an optimiser's kernel, as `wasm/assembly/shared/optimiser_parts.ts` counts their rows. */
export function optimiserParts(rows: number, cols: number): number {
  return cols === 0 ? 0 : Math.ceil(rows / Math.max(1, Math.floor(assembly.PART_ELEMENTS / cols)));
}
