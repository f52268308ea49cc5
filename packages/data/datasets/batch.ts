import { deriveSeed, RandomSequence, type Seed, seedFrom } from "@graphon-limit/runtime";
import { argumentFault } from "../messages/faults.ts";
import type { Dataset } from "./dataset.ts";

/** Inputs of a network, row-major `[count, dimension]`. */
export interface Inputs {
  readonly x: Float32Array<ArrayBuffer>;
  readonly count: number;
  readonly dimension: number;
  /** `[channels, rows, columns]` of each, where the inputs are images and it is known. */
  readonly image?: readonly number[];
}

/** Inputs and the class of each. */
export interface Batch extends Inputs {
  /** `[count]` */
  readonly y: Uint8Array<ArrayBuffer>;
}

/** A batch drawn from a data set. */
export interface DrawnBatch extends Batch {
  /** The data set's rows the batch is made of. */
  readonly indices: Uint32Array<ArrayBuffer>;
}

/** Keeps these draws apart from everything else that is derived from a run's seed. */
const BATCH_DRAW = 0x62617463;

/**
 * Draws a batch with as many images of each class, without replacement. Classes take turns: rows 0 … 9 are one image
 * of each class in order, rows 10 … 19 the next ones, and so on.
 *
 * @param perClass images of each class
 * @param seed decides which; the same seed and set give the same batch, and a smaller `perClass` its first rows
 * @throws InvalidArgumentError where a class has too few images
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { balancedBatch, generateDigits } from "@graphon-limit/data";
 *
 * const batch = balancedBatch(generateDigits({ count: 100 }), 2, 0);
 * assert.equal(batch.count, 20);
 * assert.deepEqual([...batch.y.subarray(0, 10)], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
 * ```
 */
export function balancedBatch(dataset: Dataset, perClass: number, seed: number | Seed): DrawnBatch {
  const indices = drawBalanced(dataset, perClass, seed), { dimension } = dataset;
  const x = new Float32Array(indices.length * dimension);
  indices.forEach((from, to) =>
    x.set(dataset.images.subarray(from * dimension, (from + 1) * dimension), to * dimension)
  );
  return {
    x,
    y: Uint8Array.from(indices, (row) => dataset.labels[row]),
    indices,
    count: indices.length,
    dimension,
  };
}

/** The rows of a balanced batch, of a set of which no more than the labels need be known. */
export function drawBalanced(
  dataset: Pick<Dataset, "name" | "labels" | "classes">,
  perClass: number,
  seed: number | Seed,
): Uint32Array<ArrayBuffer> {
  if (!Number.isInteger(perClass) || perClass < 1) {
    throw argumentFault("at least 1 image of each class", `${perClass}`);
  }
  const members: number[][] = Array.from({ length: dataset.classes }, () => []);
  dataset.labels.forEach((label, row) => members[label].push(row));
  const root = typeof seed === "number" ? seedFrom(seed) : seed;
  members.forEach((rows, label) => {
    if (rows.length < perClass) {
      throw argumentFault(`${perClass} images of class ${label} in ${dataset.name}`, `${rows.length}`);
    }
    new RandomSequence(deriveSeed(root, BATCH_DRAW, label)).shuffle(rows);
  });
  const indices = new Uint32Array(perClass * dataset.classes);
  for (let i = 0; i < indices.length; i++) {
    indices[i] = members[i % dataset.classes][Math.floor(i / dataset.classes)];
  }
  return indices;
}
