import { formatBytes, FormatError } from "@graphon-limit/runtime";
import { gunzip, isGzip } from "../archives/gunzip.ts";
import { elementCount, showShape } from "../containers/shape.ts";

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
export async function readIdx(
  bytes: Uint8Array<ArrayBuffer>,
  source: string,
  options: IdxOptions = {},
): Promise<IdxArray> {
  const plain = isGzip(bytes) ? await gunzip(bytes, source, options.limit ?? DEFAULT_LIMIT) : bytes;
  return parseIdx(plain, source, options.dimensions);
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
  if (bytes.length < 4) throw new FormatError(`${source}: ${bytes.length} bytes are too few for an IDX file`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) {
    throw new FormatError(`${source}: not an IDX file (must begin with two zero bytes)`);
  }
  if (bytes[2] !== UNSIGNED_BYTE) {
    throw new FormatError(`${source}: IDX element type is ${bytes[2]}, expected 8 (unsigned bytes)`);
  }
  const rank = bytes[3];
  if (rank === 0 || (dimensions !== undefined && rank !== dimensions)) {
    throw new FormatError(
      `${source}: IDX array has ${rank} dimensions, expected ${dimensions ?? "at least 1"}`,
    );
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw new FormatError(`${source}: cut short within the IDX header`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = elementCount(shape);
  const found = bytes.length - start;
  if (expected !== found) {
    const claim = expected === undefined ? "far more" : formatBytes(expected);
    throw new FormatError(
      `${source}: IDX shape ${showShape(shape)} needs ${claim} of data, found ${formatBytes(found)}`,
    );
  }
  return { shape, data: bytes.subarray(start) };
}
