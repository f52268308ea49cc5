import { type Device, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";

/** Samples on a device: `inputs` [features, samples], class numbers `labels` [1, samples]. */
export interface Batch {
  readonly inputs: Matrix;
  readonly labels: Matrix<"u32">;
  /** What squared error is taken against, [classes, samples]; the labels' one-hot vectors unless given. */
  readonly targets?: Matrix;
}

/** A batch that owns its matrices. */
export interface OwnedBatch extends Batch, Disposable {}

/**
 * Brings samples to a device, where neurons are rows and samples columns.
 *
 * @param x row-major [samples, features], as data sets come
 * @param y a class number per sample
 * @throws {InvalidArgumentError} unless there is at least one sample, and as many numbers in each
 */
export function uploadBatch(device: Device, x: Float32Array, y: ArrayLike<number>): OwnedBatch {
  const samples = y.length, features = samples === 0 ? 0 : x.length / samples;
  if (samples === 0 || !Number.isInteger(features)) {
    throw new InvalidArgumentError(
      `Expected at least one sample and as many numbers in each but found ${x.length} for ${samples} labels`,
    );
  }
  const columns = new Float32Array(x.length);
  for (let b = 0; b < samples; b++) {
    for (let j = 0; j < features; j++) columns[j * samples + b] = x[b * features + j];
  }
  const inputs = device.upload(columns, features, samples);
  const labels = device.upload(Uint32Array.from(y), 1, samples);
  return {
    inputs,
    labels,
    [Symbol.dispose]() {
      inputs.dispose();
      labels.dispose();
    },
  };
}
