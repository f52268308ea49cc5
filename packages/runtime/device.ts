import type { BitMatrix, DeviceArray, ElementArray, ElementType, Matrix } from "./matrix.ts";
import type { Arguments, Bindings, Op, Options, Params, Settings } from "./op.ts";

/** How an adapter's invocations go together in subgroups. */
export interface Subgroups {
  /** Fewest and most invocations in one. */
  readonly min: number;
  readonly max: number;
  /** What a shader that uses them begins with: some compilers demand a directive, others refuse it. */
  readonly directive: string;
}

/** What a device is and allows. */
export interface DeviceInfo {
  readonly kind: "webgpu" | "cpu";
  /** The adapter's name, or the processor's for the CPU device. */
  readonly name: string;
  /** True where the adapter is a program on the CPU (lavapipe, SwiftShader) and for the CPU device. */
  readonly software: boolean;
  /** True where the adapter is known to be part of the processor and to share its memory. */
  readonly integrated?: boolean;
  /** Largest piece of memory one binding of an op can see, in bytes; larger matrices are cut into row panels. */
  readonly maxBindingBytes: number;
  /** Set where shaders can hand values from one invocation of a subgroup to another. */
  readonly subgroups?: Subgroups;
  /** Ops go through larger matrices in slices of rows of about so many bytes; matrices that are not kept are made by slices. */
  readonly sliceBytes: number;
  /** Every limit the adapter granted, by WebGPU's name; empty for the CPU device. */
  readonly limits: Readonly<Record<string, number>>;
  /** Optional features of the adapter in use, by WebGPU's name. */
  readonly features: readonly string[];
}

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
  write(target: DeviceArray, data: Float32Array | Uint32Array | Int32Array, firstRow: number): void;

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
