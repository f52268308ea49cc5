import type { CopiedEdges } from "./copied_edges.ts";
import { COPIES, ITSELF } from "./neuron_copies.ts";

/**
 * What the neurons of a side that have any edge have in common: of each partner's edges the mean weight, by what they show, [partners], and
 * what a neuron has of these on average.
 */
export function inCommon(
  { partners, magnitudes, first: [first], seen, left }: CopiedEdges,
): { means: Float64Array; sum: number } {
  const count = left.length, width = seen.length / count;
  const means = new Float64Array(count), shown = new Float64Array(count);
  let sum = 0, some = 0;
  for (let own = 0; own < count; own++) {
    const start = own * width;
    if (!hasEdge(first, start, left[own], ITSELF)) continue;
    some++;
    for (let edge = start, end = start + width; edge < end; edge++) {
      const other = partners[edge], value = seen[edge];
      shown[other] += value;
      if (first[edge] <= ITSELF) means[other] += magnitudes[edge] * value;
    }
  }
  shown.forEach((value, other) => {
    if (!(value > 0)) return;
    sum += means[other] / some;
    means[other] /= value;
  });
  return { means, sum };
}

function hasEdge(first: Uint8Array, start: number, left: number, copy: number): boolean {
  for (let edge = start, end = start + left; edge < end; edge++) if (first[edge] <= copy) return true;
  return false;
}

/** Adds what all have to the sums of copies that have any edge. @param first as in `CopiedEdges`, of these copies' kind */
export function addCommon(
  sums: Float64Array,
  common: number,
  first: Uint8Array,
  left: Uint32Array,
): Float64Array {
  const width = first.length / left.length;
  return sums.map((sum, at) => {
    const own = Math.floor(at / COPIES);
    return hasEdge(first, own * width, left[own], at % COPIES) ? Math.max(sum + common, 0) : 0;
  });
}
