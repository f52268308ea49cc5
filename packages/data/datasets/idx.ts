import { gunzip, isGzip } from "../archives/gunzip.ts";
import { elementCount, showShape } from "../containers/shape.ts";
import { formatFault } from "../messages/faults.ts";

/** An array as MNIST and its relatives store images and labels. */
export interface IdxArray {
  /** `[count, rows, columns]` for images, `[count]` for labels. */
  readonly shape: readonly number[];
  /** Row-major elements; of unsigned bytes, a view of the bytes that were given. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The most bytes gzip data may decompress to: EMNIST's largest file is 522 MiB. */
const DEFAULT_LIMIT = 1024 * 1024 * 1024;

const UNSIGNED_BYTES = 0x08;

/** Whole numbers by their code: bytes, and how one is read. */
const INTEGERS: ReadonlyMap<number, { bytes: number; read: (view: DataView, at: number) => number }> =
  new Map([
    [UNSIGNED_BYTES, { bytes: 1, read: (view, at) => view.getUint8(at) }],
    [0x09, { bytes: 1, read: (view, at) => view.getInt8(at) }],
    [0x0b, { bytes: 2, read: (view, at) => view.getInt16(at) }],
    [0x0c, { bytes: 4, read: (view, at) => view.getInt32(at) }],
  ]);

/**
 * Reads an IDX array of unsigned bytes, plain or gzip (told apart by the first bytes, not by a name).
 *
 * @param source what error messages call the bytes: a file's name
 * @param dimensions the number of dimensions it must have; any, unless given
 * @param limit the most bytes gzip data may decompress to
 * @throws FormatError naming `source` where the bytes are not one whole IDX array of unsigned bytes
 */
export function readIdx(
  bytes: Uint8Array<ArrayBuffer>,
  source: string,
  { dimensions, limit = DEFAULT_LIMIT }: { dimensions?: number; limit?: number } = {},
): IdxArray {
  const { type, shape, data } = parseIdx(plainBytes(bytes, source, limit), source, dimensions);
  if (type !== UNSIGNED_BYTES) {
    throw formatFault(source, "IDX elements of type 8 (unsigned bytes)", `type ${type}`);
  }
  return { shape, data };
}

/**
 * Reads labels from an IDX array of whole numbers, plain or gzip: one for each image, or several, as QMNIST has them, of
 * which the first is the class.
 *
 * @throws FormatError naming `source` where they are no labels of 0 … 255
 */
export function readIdxLabels(bytes: Uint8Array<ArrayBuffer>, source: string): Uint8Array<ArrayBuffer> {
  const { type, shape, data } = parseIdx(plainBytes(bytes, source, DEFAULT_LIMIT), source);
  const element = INTEGERS.get(type);
  if (element === undefined) {
    throw formatFault(
      source,
      `whole numbers as labels (IDX types ${[...INTEGERS.keys()].join(", ")})`,
      `type ${type}`,
    );
  }
  if (shape.length > 2 || (shape.length === 2 && shape[1] === 0)) {
    throw formatFault(source, "labels [count] or [count, columns]", showShape(shape));
  }
  const [count, columns = 1] = shape, view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const labels = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const label = element.read(view, row * columns * element.bytes);
    if (label < 0 || label > 255) {
      throw formatFault(source, "labels of 0 to 255", `${label} in row ${row} (counted from 0)`);
    }
    labels[row] = label;
  }
  return labels;
}

function plainBytes(bytes: Uint8Array<ArrayBuffer>, source: string, limit: number): Uint8Array<ArrayBuffer> {
  return isGzip(bytes) ? gunzip(bytes, source, limit) : bytes;
}

/**
 * Takes an IDX array apart: two zero bytes, the element type, the number of dimensions, each size as a big-endian 32-bit
 * integer, then the elements. Every claim is checked against the length before use.
 */
function parseIdx(
  bytes: Uint8Array<ArrayBuffer>,
  source: string,
  dimensions?: number,
): IdxArray & { readonly type: number } {
  if (bytes.length < 4) throw formatFault(source, "an IDX file of at least 4 bytes", `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) {
    throw formatFault(
      source,
      "an IDX file, which begins with two zero bytes,",
      `bytes ${bytes[0]} and ${bytes[1]}`,
    );
  }
  const type = bytes[2], rank = bytes[3];
  if (rank === 0 || (dimensions !== undefined && rank !== dimensions)) {
    throw formatFault(source, `an IDX array of ${dimensions ?? "at least 1"} dimensions`, `${rank}`);
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw formatFault(source, `an IDX header of ${start} bytes`, `${bytes.length}`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const itemBytes = BYTES_OF_TYPE.get(type);
  if (itemBytes === undefined) {
    throw formatFault(
      source,
      `IDX elements of types ${[...BYTES_OF_TYPE.keys()].join(", ")}`,
      `type ${type}`,
    );
  }
  const count = elementCount(shape, itemBytes), found = bytes.length - start;
  if (count === undefined || count * itemBytes !== found) {
    throw formatFault(
      source,
      `${count === undefined ? "more than 2⁵³" : count * itemBytes} bytes of data, as the IDX shape ${
        showShape(shape)
      } needs,`,
      `${found}`,
    );
  }
  return { type, shape, data: bytes.subarray(start) };
}

/** Bytes per element of all types that the format has. */
const BYTES_OF_TYPE: ReadonlyMap<number, number> = new Map([
  ...[...INTEGERS].map(([type, { bytes }]): [number, number] => [type, bytes]),
  [0x0d, 4],
  [0x0e, 8],
]);
