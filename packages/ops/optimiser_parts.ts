/** Parts of a launch of an optimiser's kernel, each some rows of about 2¹⁵ elements. */
export function optimiserParts(rows: number, cols: number): number {
  return cols === 0 ? 0 : Math.ceil(rows / Math.max(1, Math.floor(2 ** 15 / cols)));
}
