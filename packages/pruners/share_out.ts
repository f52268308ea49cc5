/**
 * Shares a whole number out among layers in proportion to their parts, none getting more than its size: what a full layer cannot
 * take the others share. Fractions go to those who are nearest the next whole number, the first of equals first, so that the
 * shares add up exactly.
 *
 * @param total at most the sum of the sizes
 */
export function shareOut(total: number, parts: readonly number[], sizes: readonly number[]): number[] {
  return wholeShares(total, sharesOf(total, parts, sizes), sizes);
}

/** The same before fractions are rounded: what each layer gets of a total, whole or not. */
export function sharesOf(total: number, parts: readonly number[], sizes: readonly number[]): number[] {
  const shares = sizes.map(() => 0), full = new Set<number>();
  // Each pass fills at least one layer more, or is the last.
  for (;;) {
    const open = sizes.map((_, layer) => layer).filter((layer) => !full.has(layer));
    const rest = total - [...full].reduce((sum, layer) => sum + sizes[layer], 0);
    const sum = open.reduce((all, layer) => all + parts[layer], 0);
    for (const layer of open) shares[layer] = rest * parts[layer] / sum;
    for (const layer of full) shares[layer] = sizes[layer];
    const over = open.filter((layer) => shares[layer] > sizes[layer]);
    if (over.length === 0) return shares;
    for (const layer of over) full.add(layer);
  }
}

/** Whole numbers next to shares that add up to a whole number, adding up to the same. */
function wholeShares(total: number, shares: readonly number[], sizes: readonly number[]): number[] {
  const whole = shares.map(Math.floor);
  const byFraction = shares.map((_, layer) => layer)
    .sort((a, b) => (shares[b] - whole[b]) - (shares[a] - whole[a]) || a - b);
  let left = total - whole.reduce((sum, share) => sum + share, 0);
  for (const layer of byFraction) {
    if (left > 0 && whole[layer] < sizes[layer]) {
      whole[layer]++;
      left--;
    }
  }
  return whole;
}
