import { printable } from "../messages/printable.ts";
import type { WeightMatrix } from "./layer_matrix.ts";

/** Weights that are exactly 0. */
export interface ZeroCount {
  readonly zeros: number;
  readonly total: number;
}

/** Elements read at a time. */
const PIECE_ELEMENTS = 2 ** 22;

/** Of weights that nobody pruned hardly any is exactly 0. */
const NOTEWORTHY = 0.01;

/** Counts the weights of each layer that are exactly 0 (−0 is), some rows at a time. */
export function countZeros(layers: readonly WeightMatrix[]): ZeroCount[] {
  return layers.map(({ rows, columns, read }) => {
    const rowsAtOnce = Math.max(1, Math.floor(PIECE_ELEMENTS / columns));
    let zeros = 0;
    for (let row = 0; row < rows; row += rowsAtOnce) {
      const values = read([row, Math.min(row + rowsAtOnce, rows)]);
      for (let i = 0; i < values.length; i++) if (values[i] === 0) zeros++;
    }
    return { zeros, total: rows * columns };
  });
}

/**
 * A line about weights that are exactly 0 where nothing says what they mean; undefined where there are no more than chance
 * would give, one in a hundred.
 *
 * @param source the file, as messages call it
 */
export function zerosNotice(counts: readonly ZeroCount[], source: string): string | undefined {
  const zeros = counts.reduce((sum, count) => sum + count.zeros, 0);
  const total = counts.reduce((sum, count) => sum + count.total, 0);
  if (!(zeros > NOTEWORTHY * total)) return undefined;
  const share = (100 * zeros / total).toFixed(1);
  return printable(
    `${source}: ${zeros} of ${total} weights (${share} %) are exactly 0, and no mask says whether they are pruned; ` +
      "--masks nonzero takes them as pruned",
  );
}
