import { argumentFault, formatFault } from "../messages/faults.ts";
import { described, quoted } from "../messages/printable.ts";
import { DTYPE_BYTES, isDtype } from "./dtype.ts";
import { duplicateKey } from "./duplicate_key.ts";
import { elementCount, showShape } from "./shape.ts";
import type { TensorInfo } from "./tensor_reader.ts";

/** A tensor and the bytes of the file's data section that hold it. */
export interface TensorPlace extends TensorInfo {
  readonly begin: number;
  readonly end: number;
}

/** A tensor of a type that is not read here, and its bytes. */
export interface UnreadPlace {
  readonly name: string;
  readonly what: string;
  readonly begin: number;
  readonly end: number;
}

/** A parsed header: tensors in the order their data lie in the file. */
export interface SafetensorsHeader {
  readonly tensors: readonly TensorPlace[];
  readonly unread: readonly UnreadPlace[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** The most bytes a header may have, the limit of the reference implementation. */
export const MAX_HEADER_BYTES = 100_000_000;

const METADATA = "__metadata__";

/** Bits per element of types that the format has but nothing here reads; types of later versions have any number. */
const UNREAD_BITS: ReadonlyMap<string, number> = new Map([
  ["F8_E4M3", 8],
  ["F8_E5M2", 8],
  ["F8_E8M0", 8],
  ["F8_E4M3FNUZ", 8],
  ["F8_E5M2FNUZ", 8],
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
  ["F4", 4],
  ["C64", 64],
]);

/**
 * Parses the JSON header of a safetensors file and checks all that it claims: each name once, byte ranges that follow from
 * element type and shape, and that together cover the data section once, without holes.
 *
 * @param header the JSON bytes, after the 8-byte length
 * @param dataBytes the size of the data section, what follows the header in the file
 * @param source what error messages call the file
 * @throws FormatError naming `source` and the tensor
 */
export function parseHeader(header: Uint8Array, dataBytes: number, source: string): SafetensorsHeader {
  const metadata = new Map<string, string>();
  const tensors: TensorPlace[] = [], unread: UnreadPlace[] = [];
  for (const [name, entry] of Object.entries(parseObject(header, source))) {
    if (name === METADATA) readMetadata(entry, metadata, source);
    else {
      const place = readTensor(name, entry, source);
      if ("dtype" in place) tensors.push(place);
      else unread.push(place);
    }
  }
  tensors.sort(inOrder);
  assertCovered([...tensors, ...unread].sort(inOrder), dataBytes, source);
  return { tensors, unread, metadata };
}

interface ByteRange {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

function inOrder(a: ByteRange, b: ByteRange): number {
  return a.begin - b.begin || a.end - b.end;
}

/** Checks that ranges in order cover the data section once, without holes. */
function assertCovered(ranges: readonly ByteRange[], dataBytes: number, source: string): void {
  let covered = 0;
  for (const { name, begin, end } of ranges) {
    if (begin !== covered) {
      const fault = begin > covered ? "a hole before it" : "it overlapping what is before it";
      throw formatFault(
        source,
        `tensor ${quoted(name)} to begin at byte ${covered}`,
        `${fault}, at ${begin}`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw formatFault(source, `${covered} bytes of data, as its tensors take,`, `${dataBytes}`);
  }
}

function parseObject(header: Uint8Array, source: string): Record<string, unknown> {
  let text = "", value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
    value = text.startsWith("{") ? JSON.parse(text) : undefined;
  } catch {
    value = undefined;
  }
  if (!isObject(value)) {
    throw formatFault(source, "a safetensors header that is a JSON object in UTF-8", "none");
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    throw formatFault(source, "each name once in the safetensors header", `${quoted(twice)} twice`);
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readMetadata(entry: unknown, into: Map<string, string>, source: string): void {
  if (!isObject(entry)) throw formatFault(source, `${METADATA} to be an object of strings`, described(entry));
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== "string") {
      throw formatFault(source, `${METADATA} entry ${quoted(key)} to be a string`, described(value));
    }
    into.set(key, value);
  }
}

function readTensor(name: string, entry: unknown, source: string): TensorPlace | UnreadPlace {
  const fault = (expected: string, found: string) =>
    formatFault(source, `tensor ${quoted(name)} ${expected}`, found);
  const fields = new Map(isObject(entry) ? Object.entries(entry) : []);
  const dtype = fields.get("dtype"), shape = fields.get("shape"), offsets = fields.get("data_offsets");
  if (typeof dtype !== "string") throw fault("to have an element type", described(dtype));
  if (!Array.isArray(shape)) throw fault("to have a shape", described(shape));
  const itemBytes = isDtype(dtype) ? DTYPE_BYTES[dtype] : 1;
  const count = elementCount(shape, itemBytes);
  if (count === undefined) throw fault("to have a shape of whole numbers", "another, or one too large");
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isOffset)) {
    throw fault("to have data_offsets [begin, end]", described(offsets));
  }
  const [begin, end] = offsets;
  const what = `${described(dtype).slice(1, -1)} ${showShape(shape)}`;
  const bits = isDtype(dtype) ? 8 * itemBytes : UNREAD_BITS.get(dtype);
  if (end < begin || (bits !== undefined && end - begin !== Math.ceil(count * bits / 8))) {
    const bytes = bits === undefined ? 0 : Math.ceil(count * bits / 8);
    throw fault(
      `of ${what} to take ${bits === undefined ? "at least " : ""}${bytes} bytes`,
      `${end - begin}`,
    );
  }
  return isDtype(dtype) ? { name, dtype, shape, begin, end } : { name, what, begin, end };
}

/**
 * Lays tensors out and writes the start of their file: length, JSON, spaces up to a multiple of 8 bytes. Wider element
 * types come first, as in the reference implementation, so that every tensor is aligned to its elements; tensors of one
 * width keep their order.
 *
 * @throws InvalidArgumentError for a name used twice or reserved, a bad shape or element type, or too long a header
 */
export function layOut(
  tensors: readonly TensorInfo[],
  metadata: Readonly<Record<string, string>> = {},
): { start: Uint8Array<ArrayBuffer>; places: ReadonlyMap<string, TensorPlace>; dataBytes: number } {
  const places = new Map<string, TensorPlace>();
  const entries = Object.keys(metadata).length > 0 ? [`"${METADATA}":${JSON.stringify(metadata)}`] : [];
  let begin = 0;
  for (const tensor of tensors) checkTensor(tensor);
  for (
    const { name, dtype, shape } of tensors.toSorted((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype])
  ) {
    if (places.has(name)) throw argumentFault("each tensor name once", `${quoted(name)} twice`);
    const end = begin + (elementCount(shape) ?? 0) * DTYPE_BYTES[dtype];
    places.set(name, { name, dtype, shape, begin, end });
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  const json = new TextEncoder().encode(`{${entries.join(",")}}`);
  const paddedLength = Math.ceil(json.length / 8) * 8;
  if (paddedLength > MAX_HEADER_BYTES) {
    throw argumentFault(`a safetensors header of at most ${MAX_HEADER_BYTES} bytes`, `${paddedLength}`);
  }
  const start = new Uint8Array(8 + paddedLength).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(paddedLength), true);
  start.set(json, 8);
  return { start, places, dataBytes: begin };
}

function checkTensor({ name, dtype, shape }: TensorInfo): void {
  if (name === METADATA || !name.isWellFormed()) {
    throw argumentFault("a tensor name that a file can hold", quoted(name));
  }
  if (!isDtype(dtype)) {
    throw argumentFault(
      `tensor ${quoted(name)} to have elements of ${Object.keys(DTYPE_BYTES).join(", ")}`,
      described(dtype),
    );
  }
  if (elementCount(shape, DTYPE_BYTES[dtype]) === undefined) {
    throw argumentFault(`tensor ${quoted(name)} to have a shape of whole numbers`, showShape(shape));
  }
}
