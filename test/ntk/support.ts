import assert from "node:assert/strict";
import { initialise, type InitialiseOptions, type Network } from "@graphon-limit/model";
import { type Device, type Matrix, packBits, RandomSequence, seedFrom } from "@graphon-limit/runtime";

/** ‖a − b‖ / ‖b‖, Frobenius. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  let difference = 0, norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
}

/** Normal inputs [features, count] on a device. */
export function randomInputs(device: Device, features: number, count: number, seed: number): Matrix {
  const random = new RandomSequence(seed);
  return device.upload(
    Float32Array.from({ length: features * count }, () => random.normal()),
    features,
    count,
  );
}

/** A network with He weights and masks that keep each weight with probability `density`. */
export function randomNetwork(
  device: Device,
  widths: readonly number[],
  density: number,
  seed: number,
  options: Partial<InitialiseOptions> = {},
): Network {
  const network = initialise(device, widths, "he", { seed: seedFrom(seed), ...options });
  const random = new RandomSequence(seed + 1);
  for (const weight of network.weights) {
    const { rows, cols } = weight;
    const bits = Uint8Array.from({ length: rows * cols }, () => Number(random.uniform() < density));
    weight.setMask(device.uploadBits(packBits(bits, rows, cols), rows, cols));
  }
  return network;
}

/** Takes all masks off a network. */
export function unmask({ weights }: Network): void {
  for (const weight of weights) weight.setMask(undefined);
}
