import type { ByteSource } from "../files/byte_source.ts";
import { argumentFault, fileFault, formatFault } from "../messages/faults.ts";
import { listed, quoted } from "../messages/printable.ts";
import { decodeElements, DTYPE_BYTES } from "./dtype.ts";
import { MAX_HEADER_BYTES, parseHeader, type TensorInfo, type TensorPlace } from "./safetensors_header.ts";
import { elementCount, showShape } from "./shape.ts";

/** Rows `from` (included) to `to` (excluded) of a tensor's first axis. */
export type RowRange = readonly [from: number, to: number];

/** Elements decoded at a time where they have to be converted. */
const CHUNK_ELEMENTS = 256 * 1024;

/**
 * A safetensors file of which only what is asked for is read: the header on opening, then tensors, or ranges of their
 * rows, converted to the wanted element type. Beside the result no more than a few MiB are held.
 */
export class SafetensorsReader implements Disposable {
  /** What error messages call the file: its path. */
  readonly source: string;
  /** The tensors in the order of their data in the file. */
  readonly tensors: readonly TensorInfo[];
  /** The header's `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly #bytes: ByteSource;
  readonly #dataStart: number;
  readonly #places: ReadonlyMap<string, TensorPlace>;

  /** Reads and checks the header; takes over `bytes` and disposes of it, at once where the header is bad. */
  constructor(bytes: ByteSource) {
    this.#bytes = bytes;
    this.source = bytes.label;
    try {
      const headerBytes = readHeaderBytes(bytes);
      this.#dataStart = 8 + headerBytes.length;
      const header = parseHeader(headerBytes, bytes.size - this.#dataStart, bytes.label);
      this.#places = new Map(header.tensors.map((place) => [place.name, place]));
      this.tensors = header.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
      this.metadata = header.metadata;
    } catch (error) {
      bytes[Symbol.dispose]();
      throw error;
    }
  }

  /** Closes the file. Nothing can be read afterwards. */
  [Symbol.dispose](): void {
    this.#bytes[Symbol.dispose]();
  }

  /** Whether there is a tensor called `name`. */
  has(name: string): boolean {
    return this.#places.has(name);
  }

  /** Element type and shape of a tensor. @throws InvalidArgumentError where there is none of that name */
  info(name: string): TensorInfo {
    const place = this.#places.get(name);
    if (place !== undefined) return place;
    const names = listed(this.tensors.map((tensor) => tensor.name));
    throw fileFault(
      this.source,
      `a tensor ${quoted(name)}`,
      names === "" ? "no tensor at all" : `only ${names}`,
    );
  }

  /**
   * A tensor's elements, row-major, as float32 (rounded to nearest from F64, exact from F16 and BF16).
   *
   * @param rows the range of the first axis to read; all of it, unless given
   * @param out receives the elements, a fresh array unless given; it must have exactly their number
   */
  readFloat32(name: string, rows?: RowRange, out?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const span = this.#span(name, rows);
    const result = outputFor(name, span.count, out, Float32Array);
    if (span.dtype === "F32") {
      this.#bytes.readAt(span.offset, new Uint8Array(result.buffer, result.byteOffset, result.byteLength));
      return result;
    }
    this.#decode(span, (elements, first) => result.set(elements, first));
    return result;
  }

  /** A tensor's elements as unsigned bytes. @throws FormatError where one is not a whole number of 0 to 255 */
  readUint8(name: string, rows?: RowRange, out?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const span = this.#span(name, rows);
    const result = outputFor(name, span.count, out, Uint8Array);
    this.#decode(span, (elements, first) => this.#setIntegers(name, elements, result, first, 0, 255));
    return result;
  }

  /** A tensor's elements as 32-bit integers. @throws FormatError where one is not a whole number of that range */
  readInt32(name: string, rows?: RowRange, out?: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
    const span = this.#span(name, rows);
    const result = outputFor(name, span.count, out, Int32Array);
    const limit = 2 ** 31;
    this.#decode(
      span,
      (elements, first) => this.#setIntegers(name, elements, result, first, -limit, limit - 1),
    );
    return result;
  }

  /** A tensor's bytes as the file has them, little-endian. */
  readBytes(name: string, rows?: RowRange): Uint8Array<ArrayBuffer> {
    const { offset, count, itemBytes } = this.#span(name, rows);
    const result = allocate(name, count * itemBytes, Uint8Array);
    this.#bytes.readAt(offset, result);
    return result;
  }

  #span(name: string, rows: RowRange | undefined): Span {
    this.info(name);
    const { dtype, shape, begin } = this.#places.get(name) as TensorPlace;
    const itemBytes = DTYPE_BYTES[dtype];
    const all = { dtype, itemBytes, offset: this.#dataStart + begin, count: elementCount(shape) ?? 0 };
    if (rows === undefined) return all;
    const [from, to] = rows;
    if (shape.length === 0 || !isRange(from, to, shape[0])) {
      throw fileFault(this.source, `tensor ${quoted(name)} to have rows ${from} to ${to}`, showShape(shape));
    }
    const rowElements = elementCount(shape.slice(1)) ?? 0;
    return { ...all, offset: all.offset + from * rowElements * itemBytes, count: (to - from) * rowElements };
  }

  #decode(span: Span, use: (elements: ReturnType<typeof decodeElements>, first: number) => void): void {
    for (let first = 0; first < span.count; first += CHUNK_ELEMENTS) {
      const chunk = new Uint8Array(Math.min(CHUNK_ELEMENTS, span.count - first) * span.itemBytes);
      this.#bytes.readAt(span.offset + first * span.itemBytes, chunk);
      use(decodeElements(span.dtype, chunk.buffer), first);
    }
  }

  #setIntegers(
    name: string,
    elements: ArrayLike<number>,
    out: Uint8Array | Int32Array,
    first: number,
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
      out[first + i] = value;
    }
  }
}

interface Span {
  dtype: TensorInfo["dtype"];
  itemBytes: number;
  offset: number;
  count: number;
}

function isRange(from: number, to: number, size: number): boolean {
  return Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= size;
}

function readHeaderBytes(bytes: ByteSource): Uint8Array {
  if (bytes.size < 8) {
    throw formatFault(bytes.label, "a safetensors file of at least 8 bytes", `${bytes.size}`);
  }
  const lengthBytes = new Uint8Array(8);
  bytes.readAt(0, lengthBytes);
  const length = new DataView(lengthBytes.buffer).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, bytes.size - 8))) {
    throw formatFault(
      bytes.label,
      `a safetensors file, with a header of at most ${Math.min(MAX_HEADER_BYTES, bytes.size - 8)} bytes,`,
      `a claim of ${length}`,
    );
  }
  const header = new Uint8Array(Number(length));
  bytes.readAt(8, header);
  return header;
}

function outputFor<T extends { length: number }>(
  name: string,
  count: number,
  out: T | undefined,
  type: new (count: number) => T,
): T {
  if (out === undefined) return allocate(name, count, type);
  if (out.length !== count) {
    throw argumentFault(`an array of ${count} elements to read ${quoted(name)} into`, `${out.length}`);
  }
  return out;
}

function allocate<T>(name: string, count: number, type: new (count: number) => T): T {
  try {
    return new type(count);
  } catch {
    throw argumentFault(`memory for ${quoted(name)}, ${count} elements,`, "too little to read them at once");
  }
}
