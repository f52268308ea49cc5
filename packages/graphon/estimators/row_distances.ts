import { bitRowProducts, maxRowDifference } from "@graphon-limit/ops";
import { type Device, type Matrix, wordsPerBitRow } from "@graphon-limit/runtime";
import type { Watch } from "../watch.ts";
import { MOST_ENTRIES } from "./block_rows.ts";
import { orderByDegree } from "./cells.ts";
import type { Observation } from "./observation.ts";
import { classifyRows, type RowClasses } from "./row_classes.ts";
import { gatherRows } from "./transpose_bits.ts";

/** Rows that all pairs are compared through, at most: the cost of all pairs grows with it. */
export const MOST_REFERENCES = 512;

/** Words that are multiplied at a time while rows are compared with references. */
const PRODUCT_WORDS = 2 ** 25;

/** Words that are written to the device at a time. */
const WRITTEN_TOGETHER = 2 ** 23;

/** How many rows are compared with so many references at a time, each being so many words in each mask. */
export function rowsInProduct(references: number, words: number, masks: number, entries = Infinity): number {
  const least = Math.min(entries, MOST_ENTRIES, PRODUCT_WORDS / (words * masks ** 2));
  return Math.max(1, Math.floor(least / references));
}

/** What one unit of {@linkcode RowDistances} is as an average over columns. */
export function distanceUnit({ cols, masks }: Observation): number {
  return 1 / (cols * masks.length ** 2);
}

/**
 * How far rows of the graphon are apart, from one mask: `d²(i, i') = max_k |⟨A_i − A_i', A_k⟩| / n` over third rows `k`
 * (Zhang, Levina and Zhu 2017, equation 6), `A` the average of the masks. Third rows are all rows, or, of more than 512,
 * 512 spread evenly over the degrees: the maximum over rows that are dense in the graphon's positions is nearly the same,
 * and pairs then cost the square of the width instead of its cube.
 *
 * Rows that are the same are as far from all others, and 0 from each other, unless one of them is a third row, which does not
 * count in its own distances: distances are between classes of rows, third rows being classes of their own. They are made for
 * some classes at a time; all of them are never held.
 */
export class RowDistances implements Disposable {
  private constructor(
    readonly device: Device,
    readonly classes: RowClasses,
    /** The largest of all distances, in units of {@linkcode distanceUnit}. */
    readonly largest: number,
    /** Counts of all classes with some of the references, and which class each of these is. */
    readonly references: readonly ReferenceGroup[],
    readonly kept: DisposableStack,
  ) {}

  /**
   * Compares all rows with the third ones.
   *
   * @param order the rows in the order in which classes are numbered
   */
  static async of(observation: Observation, order: Uint32Array, watch: Watch): Promise<RowDistances> {
    const { device, masks, cols, outputDegrees } = observation, wordsPerRow = wordsPerBitRow(cols);
    const references = spread(orderByDegree(outputDegrees), MOST_REFERENCES);
    const words = await Promise.all(masks.map((mask) => device.readBits(mask)));
    const classes = await classifyRows(words, wordsPerRow, order, references, watch.part(0, 0.2));
    const counts = await countsWith(observation, words, references, classes.first, watch.part(0.2, 0.9));
    const reference = references.map((row) => classes.of[row]), { count } = classes;
    const largest = await largestDistance(counts, reference, watch.part(0.9, 0.95));
    using made = new DisposableStack();
    const groups: ReferenceGroup[] = [];
    for (const [first, end] of referenceGroups(reference.length, count, device.info.maxBindingBytes)) {
      const group = {
        counts: made.use(device.matrix(end - first, count, "u32")),
        reference: made.use(device.upload(reference.subarray(first, end), end - first, 1)),
      };
      const step = Math.max(1, Math.floor(WRITTEN_TOGETHER / count));
      for (let r = first; r < end; r += step) {
        device.write(group.counts, counts.subarray(r * count, Math.min(r + step, end) * count), r - first);
        await watch.at(0.95 + 0.05 * r / reference.length);
      }
      groups.push(group);
    }
    return new RowDistances(device, classes, largest, groups, made.move());
  }

  /** Row-major [rows, classes], in units of {@linkcode distanceUnit}: how far `rows` classes from `first` on are from all. */
  async rows(first: number, rows: number): Promise<Uint32Array> {
    let largest: Uint32Array | undefined;
    for (const { counts, reference } of this.references) {
      using distances = this.device.matrix(rows, this.classes.count, "u32");
      this.device.run(maxRowDifference, { counts, reference, distances }, { firstItem: first });
      const found = await this.device.read(distances);
      if (largest) found.forEach((distance, at) => largest![at] = Math.max(largest![at], distance));
      else largest = found;
    }
    return largest!;
  }

  [Symbol.dispose](): void {
    this.kept.dispose();
  }
}

interface ReferenceGroup {
  readonly counts: Matrix<"u32">;
  readonly reference: Matrix<"u32">;
}

/** The references whose counts with all classes fit one binding, group by group. */
function referenceGroups(references: number, classes: number, bytes: number): [number, number][] {
  const step = Math.min(references, Math.max(1, Math.floor(bytes / (4 * classes))));
  return Array.from(
    { length: Math.ceil(references / step) },
    (_, group) => [group * step, Math.min(references, (group + 1) * step)],
  );
}

/** Ones that rows share with references, over all pairs of masks: [references, rows]. */
async function countsWith(
  { device, cols }: Observation,
  words: readonly Uint32Array[],
  references: Uint32Array,
  rows: Uint32Array,
  watch: Watch,
): Promise<Uint32Array> {
  const wordsPerRow = wordsPerBitRow(cols), result = new Uint32Array(references.length * rows.length);
  using uploaded = new DisposableStack();
  const lefts = words.map((mask) =>
    uploaded.use(device.uploadBits(gatherRows(mask, wordsPerRow, references), references.length, cols))
  );
  const mostEntries = device.info.maxBindingBytes / 4;
  const step = rowsInProduct(references.length, wordsPerRow, words.length, mostEntries);
  for (let first = 0; first < rows.length; first += step) {
    const some = rows.subarray(first, first + step);
    using counts = device.matrix(references.length, some.length, "u32");
    device.clear(counts);
    for (const mask of words) {
      using right = device.uploadBits(gatherRows(mask, wordsPerRow, some), some.length, cols);
      for (const left of lefts) device.run(bitRowProducts, { left, right, counts });
    }
    const found = await device.read(counts);
    for (let r = 0; r < references.length; r++) {
      result.set(found.subarray(r * some.length, (r + 1) * some.length), r * rows.length + first);
    }
    await watch.at((first + some.length) / rows.length);
  }
  return result;
}

/** The largest distance there is: of each reference the most and the least that others have, without itself. */
async function largestDistance(counts: Uint32Array, reference: Uint32Array, watch: Watch): Promise<number> {
  const classes = counts.length / reference.length;
  let largest = 0;
  for (const [r, own] of reference.entries()) {
    let least = Infinity, most = -Infinity;
    for (let c = 0; c < classes; c++) {
      if (c === own) continue;
      const count = counts[r * classes + c];
      if (count < least) least = count;
      if (count > most) most = count;
    }
    largest = Math.max(largest, most - least);
    await watch.at((r + 1) / reference.length);
  }
  return largest;
}

/** At most `count` items, evenly spaced. */
function spread(items: Uint32Array, count: number): Uint32Array {
  if (items.length <= count) return items;
  return Uint32Array.from({ length: count }, (_, i) => items[Math.floor((i + 0.5) * items.length / count)]);
}
