/**
 * Metadata of a file of graphons, `graphon.<layer>`, whose axes are sorted layer by layer: the neurons at a row of one layer are others
 * than those at that column of the next, so that together they are no network's.
 */
export const SORTED_BY_LAYER = { positions: "sorted by layer" } as const;
