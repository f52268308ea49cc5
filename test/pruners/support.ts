import assert from "node:assert/strict";
import { initialise, type Mlp, type OwnedBatch, uploadBatch } from "@graphon-limit/model";
import { definePruner, type Pruner, PRUNERS, type Scores } from "@graphon-limit/pruners";
import { type Device, Matrix, packBits, RandomSequence, seedFrom, unpackBits } from "@graphon-limit/runtime";

export const METHODS = Object.keys(PRUNERS);

/** The library's pruners by name. */
export const PER_METHOD: readonly (readonly [string, Pruner])[] = Object.entries(PRUNERS);

/** A small He-initialised network. */
export function network(device: Device, widths: readonly number[], seed = 1): Mlp {
  return initialise(device, widths, "he", { seed: seedFrom(seed) });
}

/** Random samples for a network, the classes in turn. */
export function samples(device: Device, mlp: Mlp, count: number, seed = 2): OwnedBatch {
  const random = new RandomSequence(seed), features = mlp.widths[0], classes = mlp.widths[mlp.depth];
  const x = Float32Array.from({ length: count * features }, () => random.normal());
  return uploadBatch(device, x, Array.from({ length: count }, (_, b) => b % classes));
}

/** The 0/1 bytes of every layer's mask; ones where there is none. */
export async function masksOf(mlp: Mlp): Promise<Uint8Array[]> {
  const masks: Uint8Array[] = [];
  for (const [layer, { rows, cols }] of mlp.weights.entries()) {
    const mask = mlp.masks[layer];
    masks.push(
      mask ? unpackBits(await mlp.device.readBits(mask), rows, cols) : new Uint8Array(rows * cols).fill(1),
    );
  }
  return masks;
}

/** Puts random masks on a network. */
export function maskRandomly(mlp: Mlp, density: number, seed: number): void {
  const random = new RandomSequence(seed);
  mlp.weights.forEach(({ rows, cols }, layer) => {
    const bits = Uint8Array.from({ length: rows * cols }, () => Number(random.uniform() < density));
    mlp.setMask(layer, mlp.device.uploadBits(packBits(bits, rows, cols), rows, cols));
  });
}

/** Reads and releases device scores. */
export async function readScores(given: Scores | Promise<Scores>): Promise<Float32Array[]> {
  const result: Float32Array[] = [];
  for (const scores of await given) {
    assert.ok(scores instanceof Matrix);
    result.push(await scores.device.read(scores));
    scores.dispose();
  }
  return result;
}

/** A pruner that scores with fixed host arrays. */
export function fixedScores(scores: Scores, name = "fixed"): Pruner {
  return definePruner({ name, score: () => scores });
}
