import {
  type BitMatrix,
  GeneratedMatrix,
  InvalidArgumentError,
  type Matrix,
  show,
} from "@graphon-limit/runtime";
import type { Axis } from "./axis.ts";

/**
 * What a parameter is in its network. A `weight` joins two axes and may be pruned; the others never are: a `bias` is added to every
 * column of a signal, a `gain` and a `shift` are what a normalisation multiplies by and adds, and a `position` [tokens, channels] is
 * added to the token at its place.
 */
export type WeightRole = "weight" | "bias" | "gain" | "shift" | "position";

/** The roles there are. */
export const WEIGHT_ROLES: readonly WeightRole[] = ["weight", "bias", "gain", "shift", "position"];

/** What there is to say of a parameter beside its matrix. */
export interface WeightOptions {
  /** As files name it: `layers.0.weight`. */
  readonly name: string;
  readonly output: Axis;
  /** A bias has none, since it meets a one in every column; nor have a gain and a shift. */
  readonly input?: Axis | undefined;
  /** `weight` unless given. */
  readonly role?: WeightRole | undefined;
  /** The factor `s` on its product with a signal; 1 unless given. */
  readonly scale?: number | undefined;
  /** The extents of a convolution's kernel, which has a column per input and tap; none unless given. */
  readonly kernel?: readonly number[] | undefined;
  /** Whether it stays as it is while its network trains, and has no part in a tangent kernel; false unless given. */
  readonly frozen?: boolean | undefined;
}

/**
 * A parameter of a network: all that pruners, optimisers, estimators and tangent kernels need to know of it. Its matrix is
 * [outputs, inputs · taps], that of a bias, a gain or a shift [outputs, 1], of a position [tokens, channels]. It owns matrix and mask.
 */
export class Weight implements Disposable {
  readonly name: string;
  readonly role: WeightRole;
  readonly output: Axis;
  readonly input: Axis | undefined;
  readonly scale: number;
  readonly kernel: readonly number[];
  readonly frozen: boolean;
  #mask: BitMatrix | undefined;

  /** @throws {InvalidArgumentError} unless the matrix has the shape that the axes say, and what is no weight a scale of 1 */
  constructor(
    readonly matrix: Matrix,
    { name, output, input, role = "weight", scale = 1, kernel = [], frozen = false }: WeightOptions,
  ) {
    this.name = name;
    this.role = role;
    this.output = output;
    this.input = input;
    this.scale = scale;
    this.kernel = kernel;
    this.frozen = frozen;
    const cols = (input?.size ?? 1) * this.taps;
    if (matrix.rows !== output.size || matrix.cols !== cols) {
      throw new InvalidArgumentError(
        `Expected ${name} to be ${output.size}×${cols} but found ${matrix.describe()}`,
      );
    }
    if (!this.prunable && scale !== 1) {
      throw new InvalidArgumentError(
        `Expected the ${role} ${name} to have a scale of 1 but found ${show(scale)}`,
      );
    }
  }

  /** Columns of each input: the taps of a convolution's kernel, 1 of other weights. */
  get taps(): number {
    return this.kernel.reduce((product, extent) => product * extent, 1);
  }

  get rows(): number {
    return this.matrix.rows;
  }

  get cols(): number {
    return this.matrix.cols;
  }

  /** The shape in files: [outputs, inputs], with a convolution's kernel after them; of what has no inputs [outputs]. */
  get shape(): readonly number[] {
    return this.input ? [this.rows, this.input.size, ...this.kernel] : [this.rows];
  }

  /** Entries of the matrix. */
  get count(): number {
    return this.rows * this.cols;
  }

  /** Whether pruners may remove entries. */
  get prunable(): boolean {
    return this.role === "weight";
  }

  /** Whether the matrix is made whenever it is read, and not kept (see `initialise`). */
  get regenerated(): boolean {
    return this.matrix instanceof GeneratedMatrix;
  }

  /** Which entries are kept; without a mask all are. */
  get mask(): BitMatrix | undefined {
    return this.#mask;
  }

  /**
   * Puts a mask on, or takes it off, releasing the one there was. The weight owns the mask from here on.
   *
   * @throws {InvalidArgumentError} unless the mask has the shape of the matrix, which may be pruned
   */
  setMask(mask: BitMatrix | undefined): void {
    const before = this.exchangeMask(mask);
    if (before !== mask) before?.dispose();
  }

  /** As {@linkcode Weight.setMask}, handing over the mask there was, which is the caller's from here on. */
  exchangeMask(mask: BitMatrix | undefined): BitMatrix | undefined {
    if (mask && !this.prunable) {
      throw new InvalidArgumentError(
        `Expected a mask on a weight that may be pruned but found one on the ${this.role} ${this.name}`,
      );
    }
    if (mask && (mask.rows !== this.rows || mask.cols !== this.cols)) {
      throw new InvalidArgumentError(
        `Expected the mask of ${this.name} to be ${this.rows}×${this.cols} but found ${mask.describe()}`,
      );
    }
    const before = this.#mask;
    this.#mask = mask;
    return before;
  }

  [Symbol.dispose](): void {
    this.matrix.dispose();
    this.#mask?.dispose();
    this.#mask = undefined;
  }
}
