import { shared_copies as assembly } from "./wasm/signatures.ts";

/**
 * How many copies of a neuron there are: what it would be with edges of so many deviations in addition, to partners as strong as their
 * layer's average, from {@linkcode LEAST_EXTRA} on in steps of 1. A neuron that is about to lose its last edges, or has lost
 * them, is another with a strong one more, which no answer in proportion to the edge knows.
 */
export const COPIES: number = assembly.COPIES;

/** The weight that the first of a neuron's copies has in addition: an edge less. */
export const LEAST_EXTRA: number = assembly.LEAST_EXTRA;

/** The copy that has nothing in addition: the neuron itself. */
export const ITSELF: number = -LEAST_EXTRA;

/** A partner as it is seen along an edge, and by how much that grows with what it has in addition. */
export interface SeenPartner {
  value: number;
  slope: number;
}

/**
 * What a neuron is with a weight in addition: between two of its copies, and beyond the last what that is.
 *
 * @param copies [neurons, copies]
 * @param seen where it is put, as there are a hundred million edges
 */
export function seeCopy(copies: Float64Array, neuron: number, extra: number, seen: SeenPartner): void {
  const place = Math.min(Math.max(extra - LEAST_EXTRA, 0), COPIES - 1);
  const below = Math.min(Math.floor(place), COPIES - 2), at = neuron * COPIES + below;
  seen.slope = copies[at + 1] - copies[at];
  seen.value = copies[at] + (place - below) * seen.slope;
}
