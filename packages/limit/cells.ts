import { intervalShares, orderByDegree } from "@graphon-limit/graphon";
import type { Grid } from "./options.ts";

/** How the types of a layer's neurons are cut into cells along one axis. */
export interface AxisCells {
  /** The grid's number of cells; as many as there are neurons where a mask of these has no more. */
  readonly count: number;
  /** Which share of each cell a type is, as `[type, cell, share]`; the shares of one cell sum to 1. */
  readonly shares: readonly (readonly [type: number, cell: number, share: number])[];
}

/**
 * Types sorted by descending degree, each a part of the axis as long as another, cut into cells as the grid has them: equal parts of
 * the unit interval, or as `sortAndSmooth` cuts the axis of a mask of so many neurons, position `p` of `n` into cell `⌊p·K/n⌋`.
 *
 * @param degrees of the types; equal ones stay in their order
 * @param neurons that the types stand for; `Infinity` has no neuron that an end could cut
 */
export function axisCells(degrees: ArrayLike<number>, neurons: number, { cells, by }: Grid): AxisCells {
  const types = degrees.length, order = orderByDegree(degrees);
  const whole = by === "neurons" && neurons !== Infinity;
  const count = whole ? Math.min(cells, neurons) : cells, parts = whole ? neurons : cells;
  const ends = Array.from({ length: count + 1 }, (_, cell) => Math.ceil(cell * parts / count));
  const shares = intervalShares(types, ends, parts);
  return { count, shares: shares.map(([place, cell, share]) => [order[place], cell, share]) };
}
