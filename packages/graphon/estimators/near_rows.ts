import type { Watch } from "../watch.ts";
import { BlockRows } from "./block_rows.ts";
import { givenOrder } from "./cells.ts";
import type { Observation } from "./observation.ts";
import type { RowClasses } from "./row_classes.ts";
import { RowDistances } from "./row_distances.ts";

/** The constant `C` of the bandwidth `C √(log n / n)`; the authors find results insensitive to it and take 1. */
const BANDWIDTH_CONSTANT = 1;

/** Values of a digit by which the furthest of near rows is found. */
const DIGIT_BITS = 12;

/** Which rows are near which: the same for all rows of a class, but that a row is not near itself. */
export interface NearRows {
  readonly classes: RowClasses;
  /** Bit `b` of words `c · words` on: whether rows of class `b` are near those of class `c`. A row alone in its class is not. */
  readonly near: Uint32Array;
  /** Words for each class. */
  readonly words: number;
  /** How many rows are near a row of each class. */
  readonly counts: Float64Array;
  /** The average degree of these. */
  readonly degrees: Float64Array;
}

/** For every row, the others that are no further than the bandwidth's quantile of its distances. A single row has itself. */
export async function nearRows(observation: Observation, watch: Watch): Promise<NearRows> {
  const { rows, outputDegrees } = observation;
  if (rows === 1) return itself(outputDegrees[0]);
  const bandwidth = BANDWIDTH_CONSTANT * Math.sqrt(Math.log(rows) / rows);
  const wanted = Math.min(rows - 1, Math.max(1, Math.round(bandwidth * (rows - 1))));
  using distances = await RowDistances.of(observation, givenOrder(rows), watch.part(0, 0.2));
  const { classes, largest } = distances, { count, sizes } = classes, comparing = watch.part(0.2, 1);
  const words = Math.ceil(count / 32), near = new Uint32Array(count * words);
  const counts = new Float64Array(count), degrees = new Float64Array(count);
  const block = new BlockRows(count, observation.device.info.maxBindingBytes);
  for (let first = 0; first < count;) {
    const some = Math.min(block.next(), count - first), found = await distances.rows(first, some);
    for (let c = first; c < first + some; c++) {
      const line = found.subarray((c - first) * count, (c - first + 1) * count);
      // The row itself, at distance 0, is the nearest.
      const furthest = nthSmallest(line, sizes, wanted, largest);
      let others = 0, sum = 0;
      for (let b = 0; b < count; b++) {
        if (line[b] > furthest) continue;
        const size = b === c ? sizes[b] - 1 : sizes[b];
        others += size;
        sum += size * outputDegrees[classes.first[b]];
        if (size > 0) near[c * words + (b >>> 5)] |= 1 << (b & 31);
      }
      counts[c] = others;
      degrees[c] = sum / others;
      await comparing.at((c + 1) / count);
    }
    first += some;
  }
  return { classes, near, words, counts, degrees };
}

function itself(degree: number): NearRows {
  return {
    classes: { count: 1, of: Uint32Array.of(0), first: Uint32Array.of(0), sizes: Uint32Array.of(1) },
    near: Uint32Array.of(1),
    words: 1,
    counts: Float64Array.of(1),
    degrees: Float64Array.of(degree),
  };
}

/** The value with `n` before it in order, each value being there as often as its size says; digit by digit, the highest first. */
function nthSmallest(values: Uint32Array, sizes: Uint32Array, n: number, largest: number): number {
  let shift = 0;
  while (largest >= 2 ** (shift + DIGIT_BITS)) shift += DIGIT_BITS;
  const table = new Float64Array(2 ** DIGIT_BITS);
  let found = 0, before = 0;
  for (; shift >= 0; shift -= DIGIT_BITS) {
    table.fill(0);
    const unit = 2 ** shift, first = found, end = first + unit * 2 ** DIGIT_BITS;
    for (let i = 0; i < values.length; i++) {
      if (values[i] >= first && values[i] < end) table[Math.floor((values[i] - first) / unit)] += sizes[i];
    }
    let digit = 0;
    while (before + table[digit] <= n) before += table[digit++];
    found += digit * unit;
  }
  return found;
}
