import { argumentFault, formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import { float16, type TensorArray } from "./dtype.ts";
import { formatNpyHeader, parseNpyHeader } from "./npy_header.ts";
import { elementCount, showShape } from "./shape.ts";

/** An array as NumPy's `.npy` files hold one. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** Elements in C order (last index fastest). Booleans are bytes 0 and 1; 64-bit integers are bigints. */
  readonly data: TensorArray;
}

/** Arrays that can be written as NPY: `<f4`, `<f8`, `|u1`, `<i4` and `<u4`. */
export type NpyWritable = Float32Array | Float64Array | Uint8Array | Int32Array | Uint32Array;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const HEADER_LIMIT = 64 * 1024;

const ELEMENT_TYPES: Readonly<Record<string, { bytes: number; view: (buffer: ArrayBuffer) => TensorArray }>> =
  {
    f2: { bytes: 2, view: float16 },
    f4: { bytes: 4, view: (buffer) => new Float32Array(buffer) },
    f8: { bytes: 8, view: (buffer) => new Float64Array(buffer) },
    i1: { bytes: 1, view: (buffer) => new Int8Array(buffer) },
    i2: { bytes: 2, view: (buffer) => new Int16Array(buffer) },
    i4: { bytes: 4, view: (buffer) => new Int32Array(buffer) },
    i8: { bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
    u1: { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
    u2: { bytes: 2, view: (buffer) => new Uint16Array(buffer) },
    u4: { bytes: 4, view: (buffer) => new Uint32Array(buffer) },
    u8: { bytes: 8, view: (buffer) => new BigUint64Array(buffer) },
    b1: { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  };

/**
 * Reads an NPY file, versions 1 to 3: floats of 16 to 64 bits, integers of 8 to 64 bits and booleans, of either byte
 * order, in C or Fortran order (returned in C order).
 *
 * @param source what error messages call the file
 * @throws FormatError naming `source` where it is no NPY file, is cut short, or holds another element type
 */
export function parseNpy(bytes: Uint8Array, source = "NPY data"): NpyArray {
  if (bytes.length < 10 || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw formatFault(source, "an NPY file, which begins with \\x93NUMPY,", "another beginning");
  }
  const version = bytes[6];
  if (version < 1 || version > 3) throw formatFault(source, "NPY version 1 to 3", `${version}`);
  const [headerStart, headerBytes] = headerRange(bytes, version);
  const dataStart = headerStart + headerBytes;
  if (headerBytes > HEADER_LIMIT || dataStart > bytes.length) {
    throw formatFault(
      source,
      `an NPY header of at most ${Math.min(HEADER_LIMIT, Math.max(0, bytes.length - headerStart))} bytes`,
      `${headerBytes}`,
    );
  }
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(headerStart, dataStart),
  );
  const { descr, fortranOrder, shape } = parseNpyHeader(text, source);

  const type = Object.hasOwn(ELEMENT_TYPES, descr.slice(1)) ? ELEMENT_TYPES[descr.slice(1)] : undefined;
  if (type === undefined || !"<>|=".includes(descr[0])) {
    const known = Object.keys(ELEMENT_TYPES).join(", ");
    throw formatFault(source, `NPY elements of ${known}`, quoted(descr));
  }
  const count = elementCount(shape, type.bytes);
  const found = bytes.length - dataStart;
  if (count === undefined || count * type.bytes !== found) {
    throw formatFault(
      source,
      `${count === undefined ? "more than 2⁵³" : count * type.bytes} bytes for ${descr} ${showShape(shape)}`,
      `${found}`,
    );
  }
  const stored = bytes.slice(dataStart);
  if (descr.endsWith("b1") && stored.some((byte) => byte > 1)) {
    throw formatFault(source, "NPY booleans of bytes 0 or 1", `${stored.find((byte) => byte > 1)}`);
  }
  if (descr[0] === ">") reverseEach(stored, type.bytes);
  const ordered = fortranOrder ? toRowMajor(stored, shape, type.bytes) : stored;
  return { shape, data: type.view(ordered.buffer) };
}

/**
 * The bytes of an NPY file, version 1, in C order, as NumPy writes it.
 *
 * @param shape its product must be the number of elements
 * @throws InvalidArgumentError where it is not
 */
export function serialiseNpy(data: NpyWritable, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  if (elementCount(shape) !== data.length) {
    throw argumentFault(`as many elements as the shape ${showShape(shape)} has`, `${data.length}`);
  }
  const dictionary = new TextEncoder().encode(formatNpyHeader(descrOf(data), shape));
  const dataStart = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  if (dataStart - 10 > 0xffff) {
    throw argumentFault("an array whose shape fits an NPY header", `${shape.length} dimensions`);
  }
  const file = new Uint8Array(dataStart + data.byteLength).fill(0x20, 0, dataStart);
  file.set(MAGIC);
  file.set([1, 0], MAGIC.length);
  new DataView(file.buffer).setUint16(8, dataStart - 10, true);
  file.set(dictionary, 10);
  file[dataStart - 1] = 0x0a;
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart);
  return file;
}

/** Version 1 counts the header's bytes in 16 bits, later versions in 32. */
function headerRange(bytes: Uint8Array, version: number): [start: number, length: number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (version === 1) return [10, view.getUint16(8, true)];
  return bytes.length < 12 ? [12, 0] : [12, view.getUint32(8, true)];
}

function descrOf(data: NpyWritable): string {
  switch (data[Symbol.toStringTag]) {
    case "Float32Array":
      return "<f4";
    case "Float64Array":
      return "<f8";
    case "Uint8Array":
      return "|u1";
    case "Int32Array":
      return "<i4";
    case "Uint32Array":
      return "<u4";
  }
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let start = 0; start < bytes.length; start += width) bytes.subarray(start, start + width).reverse();
}

/** Reorders elements of `width` bytes stored first index fastest into last index fastest. */
function toRowMajor(
  stored: Uint8Array<ArrayBuffer>,
  shape: readonly number[],
  width: number,
): Uint8Array<ArrayBuffer> {
  const ordered = new Uint8Array(stored.length);
  const strides: number[] = [];
  shape.reduce((stride, size) => (strides.push(stride), stride * size), width);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < ordered.length; to += width) {
    for (let byte = 0; byte < width; byte++) ordered[to + byte] = stored[from + byte];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return ordered;
}
