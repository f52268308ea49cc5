import { bitRowProducts, maxRowDifference } from "@graphon-limit/ops";
import { wordsPerBitRow } from "@graphon-limit/runtime";
import { orderByDegree } from "./cells.ts";
import type { Observation } from "./observation.ts";
import { gatherRows } from "./transpose_bits.ts";

/** Rows that all pairs are compared through, at most: the cost of all pairs grows with it. */
export const MOST_REFERENCES = 512;

/** Distances held on the device at a time. */
const CHUNK_ENTRIES = 2 ** 22;

/** Rows on the device at a time are a multiple of this, so that a chunk begins where four numbers can be loaded at once. */
const ROWS_TOGETHER = 8;

/** Distances of some rows to all rows. */
export interface DistanceRows {
  /** The first of these rows. */
  readonly first: number;
  /** Row-major [rows, m], in units of {@linkcode distanceUnit}. */
  readonly distances: Uint32Array;
}

/** What one unit of {@linkcode neighbourhoodDistances} is as an average over columns. */
export function distanceUnit({ cols, masks }: Observation): number {
  return 1 / (cols * masks.length ** 2);
}

/**
 * How far rows of the graphon are apart, from one mask: `d²(i, i') = max_k |⟨A_i − A_i', A_k⟩| / n` over third rows `k`
 * (Zhang, Levina and Zhu 2017, equation 6), `A` the average of the masks. Third rows are all rows, or, of more than 512,
 * 512 spread evenly over the degrees: the maximum over rows that are dense in the graphon's positions is nearly the same,
 * and pairs then cost the square of the width instead of its cube.
 */
export async function* neighbourhoodDistances(observation: Observation): AsyncGenerator<DistanceRows> {
  const { device, masks, rows, cols, outputDegrees } = observation;
  const references = spread(orderByDegree(outputDegrees), MOST_REFERENCES), size = references.length;
  using counts = device.matrix(rows, size, "u32");
  device.clear(counts);
  for (const mask of masks) {
    const words = gatherRows(await device.readBits(mask), wordsPerBitRow(cols), references);
    using right = device.uploadBits(words, size, cols);
    for (const left of masks) device.run(bitRowProducts, { left, right, counts });
  }
  using byReference = device.upload(transposed(await device.read(counts), rows, size), size, rows);
  using reference = device.upload(references, size, 1);
  const rowsAtOnce = Math.max(1, Math.floor(CHUNK_ENTRIES / (ROWS_TOGETHER * rows))) * ROWS_TOGETHER;
  for (let first = 0; first < rows; first += rowsAtOnce) {
    using distances = device.matrix(Math.min(rowsAtOnce, rows - first), rows, "u32");
    device.run(maxRowDifference, { counts: byReference, reference, distances }, { firstItem: first });
    yield { first, distances: await device.read(distances) };
  }
}

function transposed(values: Uint32Array, rows: number, cols: number): Uint32Array {
  const result = new Uint32Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) result[j * rows + i] = values[i * cols + j];
  }
  return result;
}

/** At most `count` items, evenly spaced. */
function spread(items: Uint32Array, count: number): Uint32Array {
  if (items.length <= count) return items;
  return Uint32Array.from({ length: count }, (_, i) => items[Math.floor((i + 0.5) * items.length / count)]);
}
