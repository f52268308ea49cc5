import { deriveSeed, RandomSequence, type Seed, seedFrom } from "@graphon-limit/runtime";
import { isFloating } from "../containers/dtype.ts";
import { SafetensorsFile } from "../containers/safetensors.ts";
import { showShape } from "../containers/shape.ts";
import type { TensorReader } from "../containers/tensor_reader.ts";
import { argumentFault, formatFault } from "../messages/faults.ts";
import type { Dataset } from "./dataset.ts";

/** Inputs of a network, row-major `[count, dimension]`. */
export interface Inputs {
  readonly x: Float32Array<ArrayBuffer>;
  readonly count: number;
  readonly dimension: number;
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
  const { dimension } = dataset;
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

/**
 * Reads a batch from a safetensors file: `x`, floating-point `[B, d]`, and `y`, integers `[B]` (PyTorch's I64 too).
 *
 * @throws InvalidArgumentError where the file cannot be read or has no such tensors
 * @throws FormatError where their shapes do not agree, `x` is not finite, or `y` is outside 0 … 255
 */
export function batchFromSafetensors(path: string): Batch {
  using file = SafetensorsFile.open(path);
  const inputs = readInputs(file);
  const { dtype, shape } = file.info("y");
  if (isFloating(dtype) || dtype === "BOOL" || shape.length !== 1 || shape[0] !== inputs.count) {
    throw formatFault(
      path,
      `y of integers ${showShape([inputs.count])}, one for each row of x,`,
      `${dtype} ${showShape(shape)}`,
    );
  }
  return { ...inputs, y: file.readUint8("y") };
}

/**
 * Reads inputs from a safetensors file: `x`, floating-point `[N, d]`. Other tensors are left alone.
 *
 * @throws InvalidArgumentError where the file cannot be read or has no `x`
 * @throws FormatError where `x` is no matrix, or not finite
 */
export function inputsFromSafetensors(path: string): Inputs {
  using file = SafetensorsFile.open(path);
  return readInputs(file);
}

function readInputs(file: TensorReader): Inputs {
  const { dtype, shape } = file.info("x");
  if (!isFloating(dtype) || shape.length !== 2 || shape.includes(0)) {
    throw formatFault(file.source, "x of floating-point [rows, columns]", `${dtype} ${showShape(shape)}`);
  }
  const x = file.readFloat32("x");
  const [count, dimension] = shape;
  const bad = x.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw formatFault(file.source, "x of finite numbers", `${x[bad]} in row ${Math.floor(bad / dimension)}`);
  }
  return { x, count, dimension };
}
