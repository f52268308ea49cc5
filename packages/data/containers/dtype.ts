import { argumentFault } from "../messages/faults.ts";

/** Bytes per element of the element types a safetensors file may hold here. */
export const DTYPE_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

/** The name of an element type, as safetensors headers spell it. */
export type Dtype = keyof typeof DTYPE_BYTES;

/** Typed arrays whose elements are numbers. */
export type NumberArray =
  | Float64Array
  | Float32Array
  | Float16Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint32Array
  | Uint16Array
  | Uint8Array;

/** Typed arrays that hold tensor elements: numbers, or 64-bit integers. */
export type TensorArray = NumberArray | BigInt64Array | BigUint64Array;

/** Whether `name` is an element type this project reads. */
export function isDtype(name: unknown): name is Dtype {
  return typeof name === "string" && Object.hasOwn(DTYPE_BYTES, name);
}

/** Whether elements of `dtype` are floating-point numbers. */
export function isFloating(dtype: Dtype): boolean {
  return dtype === "F64" || dtype === "F32" || dtype === "F16" || dtype === "BF16";
}

/**
 * The elements of little-endian `buffer` as numbers: a view where JavaScript has the type, else a decoded copy. 64-bit
 * integers become doubles (exact below 2⁵³). Every platform Deno runs on is little-endian, as the files are.
 */
export function decodeElements(dtype: Dtype, buffer: ArrayBuffer): NumberArray {
  switch (dtype) {
    case "F64":
      return new Float64Array(buffer);
    case "F32":
      return new Float32Array(buffer);
    case "F16":
      return float16(buffer);
    case "BF16":
      return fromBfloat16(new Uint16Array(buffer));
    case "I64":
      return Float64Array.from(new BigInt64Array(buffer), Number);
    case "I32":
      return new Int32Array(buffer);
    case "I16":
      return new Int16Array(buffer);
    case "I8":
      return new Int8Array(buffer);
    case "U64":
      return Float64Array.from(new BigUint64Array(buffer), Number);
    case "U32":
      return new Uint32Array(buffer);
    case "U16":
      return new Uint16Array(buffer);
    case "U8":
    case "BOOL":
      return new Uint8Array(buffer);
  }
}

/** Sixteen-bit floats, which Node has from version 24 on. @throws InvalidArgumentError where the host has none */
export function float16(buffer: ArrayBuffer): Float16Array<ArrayBuffer> {
  if (typeof Float16Array === "undefined") {
    throw argumentFault("a host with 16-bit floats (Float16Array)", "one without");
  }
  return new Float16Array(buffer);
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

const ARRAYS_OF_DTYPE: Record<Dtype, readonly string[]> = {
  F64: ["Float64Array"],
  F32: ["Float32Array"],
  F16: ["Float16Array", "Uint16Array"],
  BF16: ["Uint16Array"],
  I64: ["BigInt64Array"],
  I32: ["Int32Array"],
  I16: ["Int16Array"],
  I8: ["Int8Array"],
  U64: ["BigUint64Array"],
  U32: ["Uint32Array"],
  U16: ["Uint16Array"],
  U8: ["Uint8Array"],
  BOOL: ["Uint8Array"],
};

/** Whether `array`'s bytes are elements of `dtype` (F16 and BF16 may come as raw bits in a Uint16Array). */
export function holdsDtype(array: TensorArray, dtype: Dtype): boolean {
  return ARRAYS_OF_DTYPE[dtype].includes(array[Symbol.toStringTag]);
}

/** The element type an array is stored as when none is named. */
export function dtypeOf(array: TensorArray): Dtype {
  switch (array[Symbol.toStringTag]) {
    case "Float64Array":
      return "F64";
    case "Float32Array":
      return "F32";
    case "Float16Array":
      return "F16";
    case "BigInt64Array":
      return "I64";
    case "Int32Array":
      return "I32";
    case "Int16Array":
      return "I16";
    case "Int8Array":
      return "I8";
    case "BigUint64Array":
      return "U64";
    case "Uint32Array":
      return "U32";
    case "Uint16Array":
      return "U16";
    case "Uint8Array":
      return "U8";
  }
}
