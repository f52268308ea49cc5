import { gunzip, isGzip } from "../archives/gunzip.ts";
import { elementCount, showShape } from "../containers/shape.ts";
import { formatFault } from "../messages/faults.ts";

/** An array of unsigned bytes as MNIST and its relatives store images and labels. */
export interface IdxArray {
  /** `[count, rows, columns]` for images, `[count]` for labels. */
  readonly shape: readonly number[];
  /** Row-major elements; for {@linkcode parseIdx} a view of the bytes it was given. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** How {@linkcode readIdx} is to read. */
export interface IdxOptions {
  /** The number of dimensions the array must have: 3 for images, 1 for labels. Any, unless given. */
  readonly dimensions?: number;
  /** The most bytes gzip data may decompress to. 256 MiB unless given. */
  readonly limit?: number;
}

const UNSIGNED_BYTE = 0x08;
const DEFAULT_LIMIT = 256 * 1024 * 1024;

/**
 * Reads an IDX file, plain or gzip (told apart by the first bytes, not by a name).
 *
 * @param source what error messages call the bytes: a file's name
 * @throws FormatError naming `source` where the bytes are not one whole IDX array of unsigned bytes
 */
export function readIdx(
  bytes: Uint8Array<ArrayBuffer>,
  source: string,
  { dimensions, limit = DEFAULT_LIMIT }: IdxOptions = {},
): IdxArray {
  const plain = isGzip(bytes) ? gunzip(bytes, source, limit) : bytes;
  return parseIdx(plain, source, dimensions);
}

/**
 * Reads an uncompressed IDX array of unsigned bytes: two zero bytes, the element type (8), the number of dimensions,
 * each size as a big-endian 32-bit integer, then the elements. Every claim is checked against the length before use.
 *
 * @param source what error messages call the bytes: a file's name
 * @param dimensions the number of dimensions it must have; any, unless given
 * @throws FormatError naming `source`
 */
export function parseIdx(bytes: Uint8Array<ArrayBuffer>, source: string, dimensions?: number): IdxArray {
  if (bytes.length < 4) throw formatFault(source, "an IDX file of at least 4 bytes", `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) {
    throw formatFault(
      source,
      "an IDX file, which begins with two zero bytes,",
      `bytes ${bytes[0]} and ${bytes[1]}`,
    );
  }
  if (bytes[2] !== UNSIGNED_BYTE) {
    throw formatFault(source, "IDX elements of type 8 (unsigned bytes)", `type ${bytes[2]}`);
  }
  const rank = bytes[3];
  if (rank === 0 || (dimensions !== undefined && rank !== dimensions)) {
    throw formatFault(source, `an IDX array of ${dimensions ?? "at least 1"} dimensions`, `${rank}`);
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw formatFault(source, `an IDX header of ${start} bytes`, `${bytes.length}`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = elementCount(shape);
  const found = bytes.length - start;
  if (expected !== found) {
    throw formatFault(
      source,
      `${expected ?? "more than 2⁵³"} bytes of data, as the IDX shape ${showShape(shape)} needs,`,
      `${found}`,
    );
  }
  return { shape, data: bytes.subarray(start) };
}
