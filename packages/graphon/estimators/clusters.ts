import { bitRowProducts } from "@graphon-limit/ops";
import { type RandomSequence, wordsPerBitRow } from "@graphon-limit/runtime";
import type { Observation } from "./observation.ts";
import { distanceUnit, neighbourhoodDistances } from "./row_distances.ts";
import { gatherRows } from "./transpose_bits.ts";

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
const THRESHOLDS = 20;

/** Rows whose products are held on the device at a time. */
const CHUNK_ENTRIES = 2 ** 22;

/**
 * Greedy clusterings of rows at falling thresholds (Airoldi, Costa and Chan 2013, algorithm 1): a random row not yet taken is a
 * pivot and takes the free rows within the threshold; in the end every row goes to the nearest pivot. The first has one cluster;
 * none has more than twice the square root of the number of rows.
 *
 * Rows are compared through third rows, which one mask allows and in which noise averages out; of two masks or more, the paper's
 * distances give further clusterings.
 */
export async function clusterings(observation: Observation, random: RandomSequence): Promise<Clustering[]> {
  const { rows } = observation, most = Math.ceil(2 * Math.sqrt(rows));
  const pivotOrder = random.shuffle(Uint32Array.from({ length: rows }, (_, i) => i));
  const result: Clustering[] = [{ label: new Uint32Array(rows), count: 1, threshold: Infinity }];
  const distancesOf = observation.masks.length === 1
    ? [thirdRowDistances]
    : [thirdRowDistances, repeatedMaskDistances];
  for (const measure of distancesOf) {
    const distances = await measure(observation);
    const largest = distances.reduce((max, distance) => Math.max(max, distance), 0);
    for (let step = 1; step <= THRESHOLDS && largest > 0; step++) {
      const clustering = cluster(distances, pivotOrder, largest / THRESHOLD_STEP ** step);
      if (clustering.count > most) break;
      if (clustering.count > 1) result.push(clustering);
    }
  }
  return result;
}

function cluster(distances: Float32Array, pivotOrder: Uint32Array, threshold: number): Clustering {
  const rows = pivotOrder.length, label = new Uint32Array(rows);
  const free = new Uint8Array(rows).fill(1), nearest = new Float64Array(rows).fill(Infinity);
  let count = 0;
  for (const pivot of pivotOrder) {
    if (!free[pivot]) continue;
    for (let i = 0; i < rows; i++) {
      const distance = i === pivot ? -Infinity : distances[pivot * rows + i];
      if (distance <= threshold) free[i] = 0;
      if (distance < nearest[i]) {
        nearest[i] = distance;
        label[i] = count;
      }
    }
    count++;
  }
  return { label, count, threshold };
}

/** The distances of neighbourhood smoothing. */
async function thirdRowDistances(observation: Observation): Promise<Float32Array> {
  const { rows } = observation, unit = distanceUnit(observation);
  const result = new Float32Array(rows * rows);
  for await (const { first, distances } of neighbourhoodDistances(observation)) {
    distances.forEach((distance, at) => result[first * rows + at] = distance * unit);
  }
  return result;
}

/**
 * Unbiased squared distances of the graphon's rows from two halves of the masks (the paper's equation 3): with `A` and `B` their
 * averages, `½ (⟨A_i, B_i⟩ + ⟨A_j, B_j⟩ − ⟨A_i, B_j⟩ − ⟨A_j, B_i⟩) / n`. May be negative.
 */
async function repeatedMaskDistances({ device, masks, rows, cols }: Observation): Promise<Float32Array> {
  const half = Math.ceil(masks.length / 2), left = masks.slice(0, half), right = masks.slice(half);
  const products = new Float32Array(rows * rows), words = wordsPerBitRow(cols);
  const scale = 1 / (2 * cols * left.length * right.length);
  const rightWords = await Promise.all(right.map((mask) => device.readBits(mask)));
  const rowsAtOnce = Math.max(1, Math.floor(CHUNK_ENTRIES / rows));
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const some = Uint32Array.from({ length: Math.min(rowsAtOnce, rows - first) }, (_, i) => first + i);
    using counts = device.matrix(rows, some.length, "u32");
    device.clear(counts);
    for (const all of rightWords) {
      using chunk = device.uploadBits(gatherRows(all, words, some), some.length, cols);
      for (const mask of left) device.run(bitRowProducts, { left: mask, right: chunk, counts });
    }
    (await device.read(counts)).forEach((count, at) => {
      products[Math.floor(at / some.length) * rows + first + at % some.length] = count * scale;
    });
  }
  const own = Float64Array.from({ length: rows }, (_, i) => products[i * rows + i]);
  const result = new Float32Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      result[i * rows + j] = own[i] + own[j] - products[i * rows + j] - products[j * rows + i];
    }
  }
  return result;
}
