import { allocate } from "../files/allocate.ts";
import { argumentFault, fileFault, formatFault } from "../messages/faults.ts";
import { listed, quoted } from "../messages/printable.ts";
import { decodeElements, type Dtype, DTYPE_BYTES, type NumberArray } from "./dtype.ts";
import { elementCount, showShape } from "./shape.ts";

/** What a file says about one tensor. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  /** Sizes, outermost first; `[]` for a single number. */
  readonly shape: readonly number[];
}

/** A tensor that the file holds but nobody here reads. */
export interface UnreadTensor {
  readonly name: string;
  /** What it is made of, for messages: `F8_E4M3 [4, 4]`, `text`. */
  readonly what: string;
}

/** A tensor and where its elements are. */
export interface StoredTensor extends TensorInfo {
  /** Fills `into` with elements from `first` on, row-major and little-endian; called only for whole elements it has. */
  readonly readElements: (first: number, into: Uint8Array<ArrayBuffer>) => void;
  /** Elements best read at a time, where a few MiB of them are not. */
  readonly piece?: number;
  /** Those of its elements that may be other than 0, where all the others are known to be: they need not be gone through. */
  readonly entries?: () => NumberArray;
}

/** What a container turned out to hold. */
export interface TensorContents extends Disposable {
  /** What error messages call the file: its path. */
  readonly source: string;
  /** The tensors in the order of the file. */
  readonly tensors: readonly StoredTensor[];
  readonly unread?: readonly UnreadTensor[];
  readonly metadata?: ReadonlyMap<string, string>;
  readonly notices?: readonly string[];
}

/** Rows `from` (included) to `to` (excluded) of a tensor's first axis. */
export type RowRange = readonly [from: number, to: number];

/** Elements decoded at a time where they have to be converted. */
const CHUNK_ELEMENTS = 256 * 1024;

/**
 * Named tensors in a file, whatever its format: of them only what is asked for is read, tensors or ranges of their rows,
 * converted to the wanted element type. Beside the result no more than some MiB are held.
 */
export class TensorReader implements Disposable {
  /** What error messages call the file: its path. */
  readonly source: string;
  /** The tensors that can be read, in the order of the file. */
  readonly tensors: readonly TensorInfo[];
  /** The tensors that cannot: of element types that no operation here has a use for. */
  readonly unread: readonly UnreadTensor[];
  /** Strings that the file keeps beside its tensors. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Lines, safe to print, about the file: that it is only a part of what it belongs to. */
  readonly notices: readonly string[];
  readonly #stored: ReadonlyMap<string, StoredTensor>;
  readonly #contents: TensorContents;

  /** @param contents taken over: disposed of with the reader */
  constructor(contents: TensorContents) {
    this.#contents = contents;
    this.source = contents.source;
    this.tensors = contents.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
    this.unread = contents.unread ?? [];
    this.metadata = contents.metadata ?? new Map();
    this.notices = contents.notices ?? [];
    this.#stored = new Map(contents.tensors.map((tensor) => [tensor.name, tensor]));
  }

  /** Closes the file. Nothing can be read afterwards. */
  [Symbol.dispose](): void {
    this.#contents[Symbol.dispose]();
  }

  /** Whether there is a tensor called `name` that can be read. */
  has(name: string): boolean {
    return this.#stored.has(name);
  }

  /** Element type and shape of a tensor. @throws InvalidArgumentError where there is none of that name */
  info(name: string): TensorInfo {
    return this.stored(name);
  }

  /**
   * A tensor's elements, row-major, as float32 (rounded to nearest from F64, exact from F16 and BF16).
   *
   * @param rows the range of the first axis to read; all of it, unless given
   * @param out receives the elements, a fresh array unless given; it must have exactly their number
   */
  readFloat32(name: string, rows?: RowRange, out?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const { tensor, first, count } = this.#span(name, rows);
    const result = outputFor(name, count, out, Float32Array);
    if (tensor.dtype === "F32") {
      tensor.readElements(first, new Uint8Array(result.buffer, result.byteOffset, result.byteLength));
      return result;
    }
    this.decodePieces(name, rows, (elements, at) => result.set(elements, at));
    return result;
  }

  /** A tensor's elements as unsigned bytes. @throws FormatError where one is not a whole number of 0 to 255 */
  readUint8(name: string, rows?: RowRange, out?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const { tensor, first, count } = this.#span(name, rows);
    const result = outputFor(name, count, out, Uint8Array);
    if (tensor.dtype === "U8" || tensor.dtype === "BOOL") {
      tensor.readElements(first, result);
      return result;
    }
    this.decodePieces(name, rows, (elements, at) => this.#setIntegers(name, elements, result, at, 0, 255));
    return result;
  }

  /** A tensor's elements as 32-bit integers. @throws FormatError where one is not a whole number of that range */
  readInt32(name: string, rows?: RowRange, out?: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
    const result = outputFor(name, this.#span(name, rows).count, out, Int32Array);
    const limit = 2 ** 31;
    this.decodePieces(
      name,
      rows,
      (elements, at) => this.#setIntegers(name, elements, result, at, -limit, limit - 1),
    );
    return result;
  }

  /** A tensor's bytes, row-major and little-endian. */
  readBytes(name: string, rows?: RowRange): Uint8Array<ArrayBuffer> {
    const { tensor, first, count } = this.#span(name, rows);
    const result = allocate(Uint8Array, count * DTYPE_BYTES[tensor.dtype], quoted(name));
    tensor.readElements(first, result);
    return result;
  }

  /**
   * Goes through a tensor's elements piece by piece, as numbers: 64-bit integers as doubles, the others as they are.
   *
   * @param rows the range of the first axis to read; all of it, unless given
   * @param use receives a piece, which it may keep, and the place of its first element in what is read; true ends it
   */
  decodePieces(
    name: string,
    rows: RowRange | undefined,
    use: (elements: NumberArray, at: number) => boolean | void,
  ): void {
    const { tensor: { dtype, readElements, piece = CHUNK_ELEMENTS }, first, count } = this.#span(name, rows);
    for (let at = 0; at < count; at += piece) {
      const chunk = new Uint8Array(Math.min(piece, count - at) * DTYPE_BYTES[dtype]);
      readElements(first + at, chunk);
      if (use(decodeElements(dtype, chunk.buffer), at) === true) return;
    }
  }

  /** A tensor with the way to its elements, for a reader of several files. */
  stored(name: string): StoredTensor {
    const tensor = this.#stored.get(name);
    if (tensor !== undefined) return tensor;
    const names = listed(this.tensors.map((each) => each.name));
    throw fileFault(
      this.source,
      `a tensor ${quoted(name)}`,
      names === "" ? "no tensor at all" : `only ${names}`,
    );
  }

  #span(name: string, rows: RowRange | undefined): { tensor: StoredTensor; first: number; count: number } {
    const tensor = this.stored(name), { shape } = tensor;
    if (rows === undefined) return { tensor, first: 0, count: elementCount(shape) ?? 0 };
    const [from, to] = rows;
    if (shape.length === 0 || !isRange(from, to, shape[0])) {
      throw fileFault(this.source, `tensor ${quoted(name)} to have rows ${from} to ${to}`, showShape(shape));
    }
    const rowElements = elementCount(shape.slice(1)) ?? 0;
    return { tensor, first: from * rowElements, count: (to - from) * rowElements };
  }

  #setIntegers(
    name: string,
    elements: ArrayLike<number>,
    out: Uint8Array | Int32Array,
    at: number,
    least: number,
    most: number,
  ): void {
    for (let i = 0; i < elements.length; i++) {
      const value = elements[i];
      if (!Number.isInteger(value) || value < least || value > most) {
        throw formatFault(
          this.source,
          `tensor ${quoted(name)} to hold whole numbers of ${least} to ${most}`,
          `${value}`,
        );
      }
      out[at + i] = value;
    }
  }
}

function isRange(from: number, to: number, size: number): boolean {
  return Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= size;
}

function outputFor<T extends { length: number }>(
  name: string,
  count: number,
  out: T | undefined,
  type: new (count: number) => T,
): T {
  if (out === undefined) return allocate(type, count, quoted(name));
  if (out.length !== count) {
    throw argumentFault(`an array of ${count} elements to read ${quoted(name)} into`, `${out.length}`);
  }
  return out;
}
