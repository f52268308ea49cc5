// A matrix knows its device and a device makes matrices: these two files import each other, and no others do.
import type { DeviceInfo } from "./device_info.ts";
import type { ElementArray, ElementType, HostArray } from "./elements.ts";
import type { BitMatrix, DeviceArray, Matrix } from "./matrix.ts";
import type { Bindings, ElementOf, Op, OptionalNames, Options, Params, Settings } from "./op.ts";

type Argument<K extends Bindings[string]> = K extends `bits${string}` ? BitMatrix : Matrix<ElementOf<K>>;

/** What a caller of `device.run` hands over for bindings `B`. An argument that is undefined is one left out. */
export type Arguments<B extends Bindings> =
  & { [K in Exclude<keyof B, OptionalNames<B>>]: Argument<B[K]> }
  & { [K in OptionalNames<B>]?: Argument<B[K]> | undefined };

/**
 * A place that runs ops and holds matrices. Work is recorded when asked for and done, in order, when something is read.
 * Errors of recorded work arrive with the next read: typed, one line.
 */
export interface Device extends Disposable {
  readonly info: DeviceInfo;

  /** A matrix whose elements are not set yet: every op that fills it writes all of them. */
  matrix(rows: number, cols: number): Matrix<"f32">;
  matrix<T extends ElementType>(rows: number, cols: number, type: T): Matrix<T>;

  /** A bit matrix whose entries are not set yet. */
  bits(rows: number, cols: number): BitMatrix;

  /** A matrix with the given elements, row-major; the element type follows the array's. */
  upload(data: Float32Array, rows: number, cols: number): Matrix<"f32">;
  upload(data: Uint32Array, rows: number, cols: number): Matrix<"u32">;
  upload(data: Int32Array, rows: number, cols: number): Matrix<"i32">;

  /** A bit matrix with the given words (see `packBits`). */
  uploadBits(words: Uint32Array, rows: number, cols: number): BitMatrix;

  /** Overwrites rows from `firstRow` on with `data` (words of whole rows): for filling a large matrix piece by piece. */
  write(target: DeviceArray, data: HostArray, firstRow: number): void;

  /** Sets every element to zero. */
  clear(target: DeviceArray): void;

  /** Runs an op over its arguments. */
  run<B extends Bindings, P extends Params, O extends Options>(
    op: Op<B, P, O>,
    args: Arguments<B>,
    ...settings: Record<never, never> extends Settings<P, O> ? [Settings<P, O>?] : [Settings<P, O>]
  ): void;

  /**
   * The elements, row-major, after everything recorded so far. `rows` limits the reading to `[from, to)`. What is read is
   * not to be overwritten or disposed of before it has arrived: more than 64 MiB arrive piece by piece.
   */
  read<T extends ElementType>(source: Matrix<T>, rows?: readonly [number, number]): Promise<ElementArray<T>>;

  /** The words of a bit matrix. */
  readBits(source: BitMatrix, rows?: readonly [number, number]): Promise<Uint32Array>;

  /** Submits what is recorded and waits until it is done. */
  idle(): Promise<void>;

  /** Bytes of device memory in live matrices now, and the most there were. */
  readonly memory: { readonly live: number; readonly peak: number };
}
