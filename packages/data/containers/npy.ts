import { allocate } from "../files/allocate.ts";
import { memoryBytes } from "../files/byte_source.ts";
import { argumentFault, formatFault } from "../messages/faults.ts";
import { printable } from "../messages/printable.ts";
import { type Dtype, DTYPE_BYTES, float16, type TensorArray } from "./dtype.ts";
import { formatNpyHeader } from "./npy_header.ts";
import { NPY_MAGIC, type NpyLayout, readNpyLayout, type UnreadNpy } from "./npy_layout.ts";
import { elementCount, showShape } from "./shape.ts";

/** An array as NumPy's `.npy` files hold one. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** Elements in C order (last index fastest). Booleans are bytes 0 and 1; 64-bit integers are bigints. */
  readonly data: TensorArray;
}

/** Arrays that can be written as NPY: `<f4`, `<f8`, `|u1`, `<i4` and `<u4`. */
export type NpyWritable = Float32Array | Float64Array | Uint8Array | Int32Array | Uint32Array;

const VIEWS: Readonly<Record<Exclude<Dtype, "BF16">, (buffer: ArrayBuffer) => TensorArray>> = {
  F16: float16,
  F32: (buffer) => new Float32Array(buffer),
  F64: (buffer) => new Float64Array(buffer),
  I8: (buffer) => new Int8Array(buffer),
  I16: (buffer) => new Int16Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
  I64: (buffer) => new BigInt64Array(buffer),
  U8: (buffer) => new Uint8Array(buffer),
  U16: (buffer) => new Uint16Array(buffer),
  U32: (buffer) => new Uint32Array(buffer),
  U64: (buffer) => new BigUint64Array(buffer),
  BOOL: (buffer) => new Uint8Array(buffer),
};

/**
 * Reads an NPY file, versions 1 to 3: floats of 16 to 64 bits, integers of 8 to 64 bits and booleans, of either byte
 * order, in C or Fortran order (returned in C order).
 *
 * @param source what error messages call the file
 * @throws FormatError naming `source` where it is no NPY file, is cut short, or holds another element type
 */
export function parseNpy(bytes: Uint8Array, source = "NPY data"): NpyArray {
  return readNpyArray(readNpyLayout(memoryBytes(bytes, source)), source);
}

/** All of an array. @throws FormatError naming `source` where its elements are not read here */
export function readNpyArray(layout: NpyLayout | UnreadNpy, source: string): NpyArray {
  if ("what" in layout) throw formatFault(source, "numbers or booleans", layout.what);
  const { dtype, shape, readElements } = layout;
  const data = allocate(Uint8Array, (elementCount(shape) ?? 0) * DTYPE_BYTES[dtype], printable(source));
  readElements(0, data);
  return { shape, data: VIEWS[dtype as keyof typeof VIEWS](data.buffer) };
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
  const dataStart = Math.ceil((NPY_MAGIC.length + 4 + dictionary.length + 1) / 64) * 64;
  const file = new Uint8Array(dataStart + data.byteLength).fill(0x20, 0, dataStart);
  file.set(NPY_MAGIC);
  file.set([1, 0], NPY_MAGIC.length);
  new DataView(file.buffer).setUint16(8, dataStart - 10, true);
  file.set(dictionary, 10);
  file[dataStart - 1] = 0x0a;
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart);
  return file;
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
