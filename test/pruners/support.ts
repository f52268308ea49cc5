import assert from "node:assert/strict";
import { initialise, type Network, type OwnedBatch, uploadBatch } from "@graphon-limit/model";
import {
  definePruner,
  type Method,
  type MethodContext,
  METHODS,
  type Scope,
  SCOPES,
  type ScoreContext,
  type Scores,
} from "@graphon-limit/pruners";
import { type Device, Matrix, packBits, RandomSequence, seedFrom, unpackBits } from "@graphon-limit/runtime";

/** The library's methods by name. */
export const PER_METHOD: readonly (readonly [string, Method])[] = [...METHODS];

/** The scopes that a method can be asked for: the global one alone, where it says itself how many weights each layer keeps. */
export function scopesOf({ quota }: Method): readonly Scope[] {
  return quota ? ["global"] : SCOPES;
}

/** A small He-initialised network. */
export function network(device: Device, widths: readonly number[], seed = 1): Network {
  return initialise(device, widths, "he", { seed: seedFrom(seed) });
}

/** Random samples for a network, the classes in turn. */
export function samples(device: Device, network: Network, count: number, seed = 2): OwnedBatch {
  const random = new RandomSequence(seed), { features, classes } = network;
  const x = Float32Array.from({ length: count * features }, () => random.normal());
  return uploadBatch(device, x, Array.from({ length: count }, (_, b) => b % classes));
}

/** The 0/1 bytes of every layer's mask; ones where there is none. */
export async function masksOf({ device, weights }: Network): Promise<Uint8Array[]> {
  const masks: Uint8Array[] = [];
  for (const { mask, rows, cols, count } of weights) {
    masks.push(mask ? unpackBits(await device.readBits(mask), rows, cols) : new Uint8Array(count).fill(1));
  }
  return masks;
}

/** Takes all masks off a network. */
export function unmask({ weights }: Network): void {
  for (const weight of weights) weight.setMask(undefined);
}

/** Puts random masks on a network. */
export function maskRandomly({ device, weights }: Network, density: number, seed: number): void {
  const random = new RandomSequence(seed);
  for (const weight of weights) {
    const { rows, cols } = weight;
    const bits = Uint8Array.from({ length: rows * cols }, () => Number(random.uniform() < density));
    weight.setMask(device.uploadBits(packBits(bits, rows, cols), rows, cols));
  }
}

/** What a method sees in a round of its own, outside `prune`; a score that draws or trains anew is none of it. */
export function contextOf(
  network: Network,
  { batch, seed = seedFrom(0) }: Partial<MethodContext> = {},
): ScoreContext {
  const never = () => Promise.reject(new Error("Expected a score that leaves the weights alone"));
  return {
    ...{ device: network.device, network, batch, seed, round: 0, rounds: 1, keep: 0, quota: undefined },
    withFresh: never,
    withTraining: never,
  };
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

/** A method that scores with fixed host arrays. */
export function fixedScores(scores: Scores, name = "fixed"): Method {
  return definePruner({ name, score: () => scores });
}
