import { bitRowProducts } from "@graphon-limit/ops";
import { type BitMatrix, type Device, popCount, wordsPerBitRow } from "@graphon-limit/runtime";
import type { Watch } from "../watch.ts";
import type { Observation } from "./observation.ts";
import { gatherRows } from "./transpose_bits.ts";

/**
 * Unbiased squared distances of the graphon's rows from two halves of the masks (Airoldi, Costa and Chan 2013, equation 3): with
 * `A` and `B` their averages, `½ (⟨A_i, B_i⟩ + ⟨A_j, B_j⟩ − ⟨A_i, B_j⟩ − ⟨A_j, B_i⟩) / n`. May be negative.
 */
export class RepeatedMaskDistances implements Disposable {
  readonly #cols: number;
  readonly #scale: number;
  readonly #own: Float64Array;
  /** The rows compared, of the masks of either half: on the device, and their words. */
  readonly #halves: readonly [readonly Half[], readonly Half[]];
  readonly #kept: DisposableStack;

  private constructor(
    readonly device: Device,
    cols: number,
    scale: number,
    own: Float64Array,
    halves: readonly [readonly Uint32Array[], readonly Uint32Array[]],
  ) {
    this.#cols = cols;
    this.#scale = scale;
    this.#own = own;
    using made = new DisposableStack();
    const upload = (words: Uint32Array): Half => ({
      words,
      mask: made.use(device.uploadBits(words, own.length, cols)),
    });
    this.#halves = [halves[0].map(upload), halves[1].map(upload)];
    this.#kept = made.move();
  }

  /** Makes ready to compare some rows with each other. */
  static async of(observation: Observation, rows: Uint32Array, watch: Watch): Promise<RepeatedMaskDistances> {
    const { device, masks, cols } = observation, wordsPerRow = wordsPerBitRow(cols);
    const half = Math.ceil(masks.length / 2);
    const words = await Promise.all(
      masks.map(async (mask) => gatherRows(await device.readBits(mask), wordsPerRow, rows)),
    );
    const left = words.slice(0, half), right = words.slice(half);
    const scale = 1 / (2 * cols * left.length * right.length), own = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      own[i] = Math.fround(sharedOnes(left, right, i * wordsPerRow, wordsPerRow) * scale);
      await watch.at((i + 1) / rows.length);
    }
    return new RepeatedMaskDistances(device, cols, scale, own, [left, right]);
  }

  /** Row-major [rows, rows compared]: how far `rows` of them from `first` on are from all. */
  async rows(first: number, rows: number): Promise<Float32Array> {
    const [left, right] = this.#halves, all = this.#own.length;
    const [own, others] = [
      await this.#products(right, left, first, rows),
      await this.#products(left, right, first, rows),
    ];
    const result = new Float32Array(rows * all);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < all; j++) {
        result[i * all + j] = this.#own[first + i] + this.#own[j] - own[j * rows + i] - others[j * rows + i];
      }
    }
    return result;
  }

  /** Scaled products of all rows of one half with some of the other: [all, rows]. */
  async #products(
    ofAll: readonly Half[],
    ofSome: readonly Half[],
    first: number,
    rows: number,
  ): Promise<Float32Array> {
    const wordsPerRow = wordsPerBitRow(this.#cols);
    using counts = this.device.matrix(this.#own.length, rows, "u32");
    this.device.clear(counts);
    for (const { words } of ofSome) {
      const some = words.subarray(first * wordsPerRow, (first + rows) * wordsPerRow);
      using right = this.device.uploadBits(some, rows, this.#cols);
      for (const { mask: left } of ofAll) this.device.run(bitRowProducts, { left, right, counts });
    }
    return scaled(await this.device.read(counts), this.#scale);
  }

  [Symbol.dispose](): void {
    this.#kept.dispose();
  }
}

interface Half {
  readonly words: Uint32Array;
  readonly mask: BitMatrix;
}

/** Numbers in another unit, as float32. */
export function scaled(numbers: Uint32Array, unit: number): Float32Array {
  const result = new Float32Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) result[i] = numbers[i] * unit;
  return result;
}

/** Ones that one row has in common in two masks, over all pairs of masks. */
function sharedOnes(
  left: readonly Uint32Array[],
  right: readonly Uint32Array[],
  start: number,
  words: number,
): number {
  let ones = 0;
  for (const a of left) {
    for (const b of right) {
      for (let at = start; at < start + words; at++) ones += popCount(a[at] & b[at]);
    }
  }
  return ones;
}
