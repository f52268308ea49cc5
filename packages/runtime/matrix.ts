import { InvalidArgumentError } from "./errors.ts";
// Of the circle with device.ts that file says why.
import type { Device } from "./device.ts";
import type { ElementType, HostArray } from "./elements.ts";

/** What a panel's storage is: a typed array on the CPU device, a buffer on a WebGPU device. */
export type Storage = HostArray | GPUBuffer;

/** Consecutive rows of a matrix in one piece of device memory. */
export interface Panel {
  /** Index in the whole matrix of the panel's first row. */
  readonly rowOffset: number;
  readonly rows: number;
  readonly storage: Storage;
}

/** Rows, columns and panels on a device: what {@linkcode Matrix} and {@linkcode BitMatrix} share. */
export abstract class DeviceArray implements Disposable {
  #panels: readonly Panel[] | undefined;

  constructor(
    readonly device: Device,
    readonly rows: number,
    readonly cols: number,
    panels: readonly Panel[],
    readonly release: (panels: readonly Panel[]) => void,
  ) {
    this.#panels = panels;
  }

  /** 32-bit words in one row of storage. */
  abstract readonly wordsPerRow: number;

  /** How an error message names this array: `10000×10000 f32`. */
  abstract describe(): string;

  /** The panels, in row order. Callers of ops never need them; ops and the runtime do. */
  get panels(): readonly Panel[] {
    if (!this.#panels) {
      throw new InvalidArgumentError(`Expected a live matrix but ${this.describe()} was disposed of`);
    }
    return this.#panels;
  }

  /** Gives the memory back to the device's pool. Doing it twice is harmless. */
  [Symbol.dispose](): void {
    if (this.#panels) this.release(this.#panels);
    this.#panels = undefined;
  }

  /** Same as leaving a `using` block. */
  dispose(): void {
    this[Symbol.dispose]();
  }
}

/** A dense row-major matrix of 32-bit elements that lives on a device. */
export class Matrix<T extends ElementType = "f32"> extends DeviceArray {
  constructor(
    device: Device,
    rows: number,
    cols: number,
    readonly type: T,
    panels: readonly Panel[],
    release: (panels: readonly Panel[]) => void,
  ) {
    super(device, rows, cols, panels, release);
  }

  get wordsPerRow(): number {
    return this.cols;
  }

  describe(): string {
    return `${this.rows}×${this.cols} ${this.type}`;
  }
}

/**
 * A 0/1 matrix that lives on a device, 32 entries to a word: entry `(i, j)` is bit `j % 32` of word
 * `i · wordsPerRow + ⌊j / 32⌋`. The bits past the last column of a row are zero.
 */
export class BitMatrix extends DeviceArray {
  get wordsPerRow(): number {
    return wordsPerBitRow(this.cols);
  }

  describe(): string {
    return `${this.rows}×${this.cols} bits`;
  }
}

/** Words that a row of `cols` bits takes. */
export function wordsPerBitRow(cols: number): number {
  return Math.ceil(cols / 32);
}

/** Throws unless `value` is a whole number from `minimum` up. */
export function assertCount(name: string, value: number, minimum = 0): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new InvalidArgumentError(
      `Expected ${name} to be a whole number of at least ${minimum} but found ${value}`,
    );
  }
}
