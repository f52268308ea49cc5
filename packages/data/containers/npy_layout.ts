import type { ByteSource } from "../files/byte_source.ts";
import { formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import { columnMajorReader } from "./column_major.ts";
import { type Dtype, DTYPE_BYTES } from "./dtype.ts";
import { parseNpyHeader } from "./npy_header.ts";
import { elementCount, showShape } from "./shape.ts";
import type { StoredTensor } from "./tensor_reader.ts";

/** The first bytes of every NPY file: `\x93NUMPY`. */
export const NPY_MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

/** NumPy reads no longer headers itself unless told to. */
const LONGEST_HEADER = 10_000;

const DTYPES: ReadonlyMap<string, Dtype> = new Map([
  ["f2", "F16"],
  ["f4", "F32"],
  ["f8", "F64"],
  ["i1", "I8"],
  ["i2", "I16"],
  ["i4", "I32"],
  ["i8", "I64"],
  ["u1", "U8"],
  ["u2", "U16"],
  ["u4", "U32"],
  ["u8", "U64"],
  ["b1", "BOOL"],
]);

/** Kinds of element types that NumPy has and nothing here reads, by the letter of their `descr`. */
const UNREAD_KINDS: Readonly<Record<string, string>> = {
  c: "complex numbers",
  f: "floats of another size",
  M: "dates",
  m: "durations",
  O: "Python objects",
  S: "text",
  U: "text",
  V: "raw bytes",
};

/** An NPY array: its type and shape, and how its elements are read, row-major whatever the file's order is. */
export type NpyLayout = Omit<StoredTensor, "name">;

/** An array of elements that are not read here. */
export interface UnreadNpy {
  readonly what: string;
  /** The kind of its elements, as `descr` spells it, and where they begin. */
  readonly descr: string;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

/** Whether `bytes` begin as an NPY file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return NPY_MAGIC.every((byte, index) => bytes[index] === byte);
}

/**
 * Reads the header of an NPY file, versions 1 to 3: floats of 16 to 64 bits, integers of 8 to 64 bits and booleans, of
 * either byte order, in C or Fortran order.
 *
 * @param bytes the file
 * @param header the bytes to read it from, the same unless given: reading them may spoil them for reading again
 * @throws FormatError where it is no NPY file, is cut short, or claims another size than it has
 */
export function readNpyLayout(bytes: ByteSource, header: ByteSource = bytes): NpyLayout | UnreadNpy {
  const { text, dataStart } = readHeaderText(header);
  if (/'descr':\s*\[/.test(text)) return { what: "structured elements", descr: "[]", shape: [], dataStart };
  const { descr, fortranOrder, shape } = parseNpyHeader(text, bytes.label);
  const dtype = "<>|=".includes(descr[0]) ? DTYPES.get(descr.slice(1)) : undefined;
  if (dtype === undefined) {
    const kind = UNREAD_KINDS[descr[1]];
    if (kind === undefined) {
      throw formatFault(bytes.label, `NPY elements of ${[...DTYPES.keys()].join(", ")}`, quoted(descr));
    }
    return { what: `${kind} ${showShape(shape)}`, descr, shape, dataStart };
  }
  const itemBytes = DTYPE_BYTES[dtype], count = elementCount(shape, itemBytes);
  const found = bytes.size - dataStart;
  if (count === undefined || count * itemBytes !== found) {
    const wanted = count === undefined ? "a size that can be for" : `${count * itemBytes} bytes for`;
    throw formatFault(bytes.label, `${wanted} ${descr} ${showShape(shape)}`, `${found}`);
  }
  const readElements = fortranOrder && shape.length > 1
    ? columnMajorReader(bytes, { offset: dataStart, itemBytes, shape })
    : (first: number, into: Uint8Array) => bytes.readAt(dataStart + first * itemBytes, into);
  return {
    dtype,
    shape,
    ...(fortranOrder && { piece: COLUMN_MAJOR_PIECE }),
    readElements: (first, into) => {
      readElements(first, into);
      if (descr[0] === ">") reverseEach(into, itemBytes);
      if (dtype === "BOOL") assertBooleans(into, bytes.label);
    },
  };
}

/** Elements in Fortran order are read many at a time: each time goes through the whole file. */
const COLUMN_MAJOR_PIECE = 2 ** 23;

/** The dictionary in the header, and where the elements begin. Version 1 counts its bytes in 16 bits, later ones in 32. */
function readHeaderText(bytes: ByteSource): { text: string; dataStart: number } {
  const start = new Uint8Array(Math.min(12, bytes.size));
  bytes.readAt(0, start);
  if (start.length < 10 || !isNpy(start)) {
    throw formatFault(bytes.label, "an NPY file, which begins with \\x93NUMPY,", "another beginning");
  }
  const version = start[6];
  if (version < 1 || version > 3) throw formatFault(bytes.label, "NPY version 1 to 3", `${version}`);
  const headerStart = version === 1 ? 10 : 12;
  const view = new DataView(start.buffer);
  const length = version === 1 ? view.getUint16(8, true) : start.length < 12 ? 0 : view.getUint32(8, true);
  const most = Math.min(LONGEST_HEADER, Math.max(0, bytes.size - headerStart));
  if (length > most) throw formatFault(bytes.label, `an NPY header of at most ${most} bytes`, `${length}`);
  const header = new Uint8Array(length);
  bytes.readAt(headerStart, header);
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(header);
  return { text, dataStart: headerStart + length };
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let start = 0; start < bytes.length; start += width) {
    for (let low = start, high = start + width - 1; low < high; low++, high--) {
      const byte = bytes[low];
      bytes[low] = bytes[high];
      bytes[high] = byte;
    }
  }
}

function assertBooleans(bytes: Uint8Array, source: string): void {
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] > 1) throw formatFault(source, "NPY booleans of bytes 0 or 1", `${bytes[i]}`);
  }
}
