/** Elements that a part of an optimiser's kernel takes, about. */
export const PART_ELEMENTS: usize = 1 << 15;

/** Rows of a part where there are so many columns. */
export function rowsOfPart(cols: usize): usize {
  return max<usize>(1, PART_ELEMENTS / max<usize>(cols, 1));
}
