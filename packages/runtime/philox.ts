/**
 * Philox 4×32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3" (SC 2011). A block of four 32-bit integers is a function of a 128-bit counter and a 64-bit key, so any
 * element of a random matrix can be made anywhere, in any order, on any device. `shaders/shared/philox.wgsl` computes
 * the same integers.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two 32-bit integers, in 16-bit limbs: doubles hold 53 bits only. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff, aHigh = a >>> 16, bLow = b & 0xffff, bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const carry = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/**
 * The block of four integers at a counter.
 *
 * @param counter the four 32-bit words of the counter, least significant first
 * @param key the two 32-bit words of the key
 * @param out receives the block; a fresh array unless given
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
  out: Uint32Array = new Uint32Array(4),
): Uint32Array {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0), low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2), low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
  return out;
}

/** A 64-bit key for Philox, least significant word first. */
export type Seed = readonly [number, number];

/**
 * The key of a non-negative integer seed (up to 2⁵³ − 1).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deriveSeed, RandomSequence, seedFrom } from "@graphon-limit/runtime";
 *
 * const trial = deriveSeed(seedFrom(7), 3);
 * assert.deepEqual(deriveSeed(seedFrom(7), 3), trial);
 * assert.equal(new RandomSequence(trial).uniform(), new RandomSequence(trial).uniform());
 * ```
 */
export function seedFrom(seed: number): Seed {
  return [seed >>> 0, Math.floor(seed / 0x100000000) >>> 0];
}

/**
 * An independent key for a numbered part of a run: trial 3, width 500, … The derivation is itself a Philox block, so
 * keys of different paths are unrelated while each is reproducible from the run's one seed.
 */
export function deriveSeed(seed: Seed, ...path: number[]): Seed {
  let key = seed;
  for (const index of path) {
    const block = philox4x32(
      [index >>> 0, Math.floor(index / 0x100000000) >>> 0, 0x64657269, 0x76650000],
      key,
    );
    key = [block[0], block[1]];
  }
  return key;
}

/**
 * The purposes random matrices serve, one word of the counter: two matrices of one seed, made for different purposes,
 * share no integer.
 */
export const STREAM = {
  weights: 0,
  scores: 1,
  mask: 2,
  sequence: 3,
} as const;

/** The block that holds element `(row, column)` of random matrix `layer` for `stream`: lane `column % 4` is its own. */
export function elementBlock(
  seed: Seed,
  stream: number,
  layer: number,
  row: number,
  column: number,
  out?: Uint32Array,
): Uint32Array {
  return philox4x32([column >>> 2, row, layer, stream], seed, out);
}

/** A uniform number in [0, 1) from a 32-bit integer: its upper 24 bits, all exact in float32. */
export function uniformFromBits(bits: number): number {
  return (bits >>> 8) * 2 ** -24;
}

/** A uniform number in (0, 1), never an end point, 23 bits, exact in float32: safe under a logarithm. */
export function openUniformFromBits(bits: number): number {
  return ((bits >>> 9) + 0.5) * 2 ** -23;
}

/** Two independent standard normal numbers from two 32-bit integers (Box & Muller 1958). */
export function normalsFromBits(first: number, second: number): [number, number] {
  const radius = Math.sqrt(-2 * Math.log(openUniformFromBits(first)));
  const angle = 2 * Math.PI * openUniformFromBits(second);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

/** A sequence of random numbers for work on the host: shuffles, distortions, choices. */
export class RandomSequence {
  #block = new Uint32Array(4);
  #position = 4;
  #counter = 0;
  #spareNormal: number | undefined;
  readonly #seed: Seed;

  constructor(seed: Seed | number) {
    this.#seed = typeof seed === "number" ? seedFrom(seed) : seed;
  }

  /** The next 32-bit integer. */
  uint32(): number {
    if (this.#position === 4) {
      const high = Math.floor(this.#counter / 0x100000000);
      philox4x32([this.#counter >>> 0, high, 0, STREAM.sequence], this.#seed, this.#block);
      this.#counter++;
      this.#position = 0;
    }
    return this.#block[this.#position++];
  }

  /** A uniform number in [0, 1) with 53 bits. */
  uniform(): number {
    const high = this.uint32() >>> 5, low = this.uint32() >>> 6;
    return (high * 0x4000000 + low) * 2 ** -53;
  }

  /** A uniform integer in [0, bound), without bias. */
  integer(bound: number): number {
    const limit = 0x100000000 - (0x100000000 % bound);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % bound;
  }

  /** A standard normal number. */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Shuffles `items` in place (Fisher–Yates) and returns them. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = items[i];
      items[i] = items[j];
      items[j] = swapped;
    }
    return items;
  }
}
