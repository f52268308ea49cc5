import type { Device, RandomSequence } from "@graphon-limit/runtime";
import type { Watch } from "../watch.ts";
import { BlockRows } from "./block_rows.ts";
import type { Observation } from "./observation.ts";
import { RepeatedMaskDistances, scaled } from "./repeated_mask_distances.ts";
import type { RowClasses } from "./row_classes.ts";
import { distanceUnit, RowDistances } from "./row_distances.ts";

/** Nodes in clusters: `label[i]` is the cluster of node `i`, of `count`. */
export interface Clustering {
  readonly label: Uint32Array;
  readonly count: number;
  /** The distance within which a pivot takes nodes in. */
  readonly threshold: number;
}

/** Thresholds tried: each is the last divided by this. */
const THRESHOLD_STEP = 2 ** (1 / 3);

/** Thresholds from the largest distance down to a hundredth of it. */
export const THRESHOLDS = 20;

/** Clusters that a table of blocks has room for. */
const MOST_CLUSTERS = 4096;

/** The most clusters of so many rows. */
export function mostClusters(rows: number): number {
  return Math.min(MOST_CLUSTERS, Math.ceil(2 * Math.sqrt(rows)));
}

/** Distances between classes of rows, made for some of them at a time. */
interface Distances {
  readonly device: Device;
  readonly largest: number;
  rows(first: number, rows: number): Promise<Float32Array>;
}

/**
 * Greedy clusterings of rows at falling thresholds (Airoldi, Costa and Chan 2013, algorithm 1): a random row not yet taken is a
 * pivot and takes the free rows within the threshold; in the end every row goes to the nearest pivot. The first has one cluster;
 * none has more than twice the square root of the number of rows.
 *
 * Rows are compared through third rows, which one mask allows and in which noise averages out; of two masks or more, the paper's
 * distances give further clusterings. Only the distances of pivots are made, and rows that are the same are one.
 */
export async function clusterings(
  observation: Observation,
  random: RandomSequence,
  watch: Watch,
): Promise<Clustering[]> {
  const { device, rows, masks } = observation;
  const pivotOrder = random.shuffle(Uint32Array.from({ length: rows }, (_, i) => i));
  const result: Clustering[] = [{ label: new Uint32Array(rows), count: 1, threshold: Infinity }];
  const third = masks.length === 1 ? watch : watch.part(0, 0.5), unit = distanceUnit(observation);
  using byThirdRows = await RowDistances.of(observation, pivotOrder, third.part(0, 0.4));
  const { classes, largest } = byThirdRows;
  const inUnits = async (first: number, some: number) => scaled(await byThirdRows.rows(first, some), unit);
  const fromThird = { device, largest: Math.fround(largest * unit), rows: inUnits };
  result.push(...await clusteringsBy(fromThird, classes, third.part(0.4, 1)));
  if (masks.length === 1) return result;
  const repeated = watch.part(0.5, 1);
  using byMasks = await RepeatedMaskDistances.of(observation, classes.first, repeated.part(0, 0.1));
  const distances = {
    device,
    largest: await largestOf(byMasks, classes.count, repeated.part(0.1, 0.5)),
    rows: (first: number, some: number) => byMasks.rows(first, some),
  };
  result.push(...await clusteringsBy(distances, classes, repeated.part(0.5, 1)));
  return result;
}

/** A clustering on the way: classes that are free, the nearest pivot of each and how far it is. */
interface Growing {
  readonly threshold: number;
  readonly pivots: number[];
  readonly free: Uint8Array;
  readonly nearest: Float32Array;
  readonly label: Uint32Array;
}

/**
 * The clusterings at all thresholds together, down to the first that has too many clusters: classes come in the order of their
 * first rows among the pivots, and each is compared with the others once, if it is a pivot at any threshold.
 */
async function clusteringsBy(
  distances: Distances,
  classes: RowClasses,
  watch: Watch,
): Promise<Clustering[]> {
  const { count } = classes, most = mostClusters(classes.of.length);
  if (!(distances.largest > 0)) return [];
  let growing = Array.from({ length: THRESHOLDS }, (_, step): Growing => ({
    threshold: distances.largest / THRESHOLD_STEP ** (step + 1),
    pivots: [],
    free: new Uint8Array(count).fill(1),
    nearest: new Float32Array(count).fill(Infinity),
    label: new Uint32Array(count),
  }));
  const block = new BlockRows(count, distances.device.info.maxBindingBytes);
  let made: Float32Array = new Float32Array(0), first = 0, end = 0;
  for (let pivot = 0; pivot < count; pivot++) {
    await watch.at(pivot / count);
    const open = growing.filter(({ free }) => free[pivot]);
    if (open.length === 0) continue;
    if (pivot >= end) {
      first = pivot - pivot % 8;
      end = Math.min(first + block.next(), count);
      made = await distances.rows(first, end - first);
    }
    const line = made.subarray((pivot - first) * count, (pivot - first + 1) * count);
    for (const clustering of open) takeIn(clustering, pivot, line);
    const tooMany = growing.findIndex(({ pivots }) => pivots.length > most);
    if (tooMany >= 0) growing = growing.slice(0, tooMany);
  }
  return growing.filter(({ pivots }) => pivots.length > 1).map((clustering) => ofRows(clustering, classes));
}

/** Makes a class a pivot. */
function takeIn(
  { threshold, pivots, free, nearest, label }: Growing,
  pivot: number,
  line: Float32Array,
): void {
  for (let c = 0; c < line.length; c++) {
    const distance = line[c];
    if (distance <= threshold) free[c] = 0;
    if (distance < nearest[c]) {
      nearest[c] = distance;
      label[c] = pivots.length;
    }
  }
  free[pivot] = 0;
  pivots.push(pivot);
}

/** The clustering of the rows themselves. A pivot stays with itself, also where another's distance is below 0. */
function ofRows({ threshold, pivots, label }: Growing, { of, first }: RowClasses): Clustering {
  const ofRow = Uint32Array.from(of, (own) => label[own]);
  for (const [cluster, pivot] of pivots.entries()) ofRow[first[pivot]] = cluster;
  return { label: ofRow, count: pivots.length, threshold };
}

async function largestOf(
  distances: RepeatedMaskDistances,
  classes: number,
  watch: Watch,
): Promise<number> {
  const block = new BlockRows(classes, distances.device.info.maxBindingBytes);
  let largest = 0;
  for (let first = 0; first < classes;) {
    const some = Math.min(block.next(), classes - first);
    for (const distance of await distances.rows(first, some)) if (distance > largest) largest = distance;
    first += some;
    await watch.at(first / classes);
  }
  return largest;
}
