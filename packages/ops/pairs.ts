/** Which pairs of samples the columns of a matrix stand for. */
export interface PairRange {
  readonly firstRow: number;
  readonly firstColumn: number;
  readonly diagonal: boolean;
}

/**
 * The pair of samples of a column: of a tile (x, y) with y fastest, from `firstColumn` to the last of `samples`; or, of the
 * diagonal, x = y. `shaders/shared/pairs.wgsl` computes the same.
 */
export function pairOf(
  column: number,
  samples: number,
  { firstRow, firstColumn, diagonal }: PairRange,
): [number, number] {
  if (diagonal) return [column, column];
  const width = samples - firstColumn;
  return [firstRow + Math.floor(column / width), firstColumn + column % width];
}

/** The columns that a range of pairs may have: all samples of the diagonal, whole rows of a tile otherwise. */
export function isPairCount(
  columns: number,
  samples: number,
  { firstRow, firstColumn, diagonal }: PairRange,
): boolean {
  if (diagonal) return columns === samples;
  const width = samples - firstColumn;
  return width > 0 ? columns % width === 0 && firstRow + columns / width <= samples : columns === 0;
}
