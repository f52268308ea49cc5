import { type BitMatrix, InvalidArgumentError, unpackBits } from "@graphon-limit/runtime";
import { cellSizes, cellsOfOrder, onGrid } from "./estimators/cells.ts";
import type { MaskOrder } from "./axis_orders.ts";
import { StepGraphon } from "./step_graphon.ts";

/** A mask of queries or of keys, [heads · rows of a head, stream], and its order. */
export interface HeadMask {
  readonly mask: BitMatrix;
  readonly order: MaskOrder;
}

/**
 * How queries and keys are kept together. They meet in an inner product over the rows of a head, so that what attention sees of two
 * masks is, for each head in their order, `P(v, v') = mean_c M_Q[c, v] M_K[c, v']`, [grid, grid] over the stream they both read. Of masks
 * that know nothing of one another it is the product of their densities, row by row.
 *
 * @throws {InvalidArgumentError} unless both have the same shape, and rows that the heads share
 */
export async function jointDensity(
  query: HeadMask,
  key: HeadMask,
  heads: number,
  grid: number,
): Promise<StepGraphon[]> {
  const { rows, cols } = query.mask;
  if (key.mask.rows !== rows || key.mask.cols !== cols || rows % heads !== 0) {
    throw new InvalidArgumentError(
      `Expected queries and keys of one shape, and rows for ${heads} heads, but found ${query.mask.describe()} and ${key.mask.describe()}`,
    );
  }
  const cells = Math.min(grid, cols), each = rows / heads;
  const [queries, keys] = await Promise.all([query, key].map((side) => sharesByRow(side, cells)));
  return Array.from({ length: heads }, (_, place) => {
    const head = Math.floor(query.order.outputs[place * each] / each), values = new Float64Array(cells ** 2);
    for (let row = head * each; row < (head + 1) * each; row++) {
      for (let a = 0; a < cells; a++) {
        const share = queries[row * cells + a] / each;
        if (share > 0) {
          for (let b = 0; b < cells; b++) values[a * cells + b] += share * keys[row * cells + b];
        }
      }
    }
    return onGrid(new StepGraphon(cells, cells, values), grid);
  });
}

/** Which share of each interval of the stream a row keeps, [rows, cells]. */
async function sharesByRow({ mask, order }: HeadMask, cells: number): Promise<Float64Array> {
  const { rows, cols } = mask, bits = unpackBits(await mask.device.readBits(mask), rows, cols);
  const cellOf = cellsOfOrder(order.inputs, cells), sizes = cellSizes(cols, cells);
  const shares = new Float64Array(rows * cells);
  bits.forEach((bit, at) => {
    if (!bit) return;
    const cell = cellOf[at % cols];
    shares[Math.floor(at / cols) * cells + cell] += 1 / sizes[cell];
  });
  return shares;
}
