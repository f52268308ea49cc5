/**
 * The shape of a signal: a matrix [rows, columns] with a row for each neuron or channel, and a column for each sample or, where
 * a sample has positions (pixels, tokens), for each sample and position: column `sample · positions + position`.
 */
export interface SignalShape {
  readonly rows: number;
  /** The extents of the positions: none where a column is a sample, `[height, width]` of an image, `[tokens]` of a sequence. */
  readonly positions: readonly number[];
}

/** A signal without positions: a column is a sample. */
export function vectorShape(rows: number): SignalShape {
  return { rows, positions: [] };
}

/** Columns that a sample takes. */
export function positionsOf({ positions }: SignalShape): number {
  return positions.reduce((product, extent) => product * extent, 1);
}

/** How an error message names a shape: `16 × 28·28`. */
export function describeShape({ rows, positions }: SignalShape): string {
  return positions.length === 0 ? String(rows) : `${rows} × ${positions.join("·")}`;
}
