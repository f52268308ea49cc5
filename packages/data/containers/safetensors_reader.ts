import type { ByteSource } from "../files/byte_source.ts";
import { formatFault } from "../messages/faults.ts";
import { DTYPE_BYTES } from "./dtype.ts";
import { MAX_HEADER_BYTES, parseHeader } from "./safetensors_header.ts";
import { type TensorContents, TensorReader } from "./tensor_reader.ts";

/**
 * A safetensors file of which only what is asked for is read: the header on opening, then tensors, or ranges of their
 * rows, converted to the wanted element type. Beside the result no more than a few MiB are held.
 */
export class SafetensorsReader extends TensorReader {
  /** Reads and checks the header; takes over `bytes` and disposes of it, at once where the header is bad. */
  constructor(bytes: ByteSource) {
    super(readSafetensors(bytes));
  }
}

/** What a safetensors file holds; takes over `bytes`, and disposes of it at once where the header is bad. */
export function readSafetensors(bytes: ByteSource): TensorContents {
  try {
    const header = readHeaderBytes(bytes);
    const dataStart = 8 + header.length;
    const { tensors, unread, metadata } = parseHeader(header, bytes.size - dataStart, bytes.label);
    return {
      source: bytes.label,
      tensors: tensors.map(({ name, dtype, shape, begin }) => ({
        name,
        dtype,
        shape,
        readElements: (first, into) => bytes.readAt(dataStart + begin + first * DTYPE_BYTES[dtype], into),
      })),
      unread,
      metadata,
      [Symbol.dispose]: () => bytes[Symbol.dispose](),
    };
  } catch (error) {
    bytes[Symbol.dispose]();
    throw error;
  }
}

/** Whether a file begins as safetensors does, be it cut short: a length that can be, then the brace of a JSON object. */
export function isSafetensors(start: Uint8Array, size: number): boolean {
  if (start.length < 9 || start[8] !== 0x7b) return false;
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  return length <= BigInt(Math.max(MAX_HEADER_BYTES, size - 8));
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
