import { FormatError, InvalidArgumentError, show } from "@graphon-limit/runtime";
import { type Dtype, DTYPE_BYTES, isDtype } from "./dtype.ts";
import { elementCount, showShape } from "./shape.ts";

/** What a safetensors file says about one tensor. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  /** Sizes, outermost first; `[]` for a single number. */
  readonly shape: readonly number[];
}

/** A tensor and the bytes of the file's data section that hold it. */
export interface TensorPlace extends TensorInfo {
  readonly begin: number;
  readonly end: number;
}

/** A parsed header: tensors in the order their data lie in the file. */
export interface SafetensorsHeader {
  readonly tensors: readonly TensorPlace[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** The most bytes a header may have, the limit of the reference implementation. */
export const MAX_HEADER_BYTES = 100_000_000;

const METADATA = "__metadata__";

/**
 * Parses the JSON header of a safetensors file and checks all that it claims: known element types, byte ranges that
 * follow from type and shape, and that together cover the data section once, without holes.
 *
 * @param header the JSON bytes, after the 8-byte length
 * @param dataBytes the size of the data section, what follows the header in the file
 * @param source what error messages call the file
 * @throws FormatError naming `source` and the tensor
 */
export function parseHeader(header: Uint8Array, dataBytes: number, source: string): SafetensorsHeader {
  const metadata = new Map<string, string>();
  const tensors: TensorPlace[] = [];
  for (const [name, entry] of Object.entries(parseObject(header, source))) {
    if (name === METADATA) readMetadata(entry, metadata, source);
    else tensors.push(readTensor(name, entry, source));
  }
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of tensors) {
    if (begin !== covered) {
      const fault = begin > covered ? "leaves a hole before" : "overlaps the data before";
      throw new FormatError(
        `${source}: tensor ${show(name)} ${fault} it: begins at ${begin}, not ${covered}`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new FormatError(
      `${source}: tensors take ${covered} bytes but the file holds ${dataBytes} for them`,
    );
  }
  return { tensors, metadata };
}

function parseObject(header: Uint8Array, source: string): Record<string, unknown> {
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
    value = text.startsWith("{") ? JSON.parse(text) : undefined;
  } catch {
    value = undefined;
  }
  if (!isObject(value)) throw new FormatError(`${source}: safetensors header is not a JSON object in UTF-8`);
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readMetadata(entry: unknown, into: Map<string, string>, source: string): void {
  if (!isObject(entry)) throw new FormatError(`${source}: ${METADATA} must be an object of strings`);
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== "string") {
      throw new FormatError(`${source}: ${METADATA} entry ${show(key)} must be a string`);
    }
    into.set(key, value);
  }
}

function readTensor(name: string, entry: unknown, source: string): TensorPlace {
  const fault = (what: string) => new FormatError(`${source}: tensor ${show(name)} ${what}`);
  const fields = new Map(isObject(entry) ? Object.entries(entry) : []);
  const dtype = fields.get("dtype"), shape = fields.get("shape"), offsets = fields.get("data_offsets");
  if (!isDtype(dtype)) {
    throw fault(`has element type ${show(dtype)}, expected one of ${Object.keys(DTYPE_BYTES).join(", ")}`);
  }
  if (!Array.isArray(shape)) throw fault("has no shape");
  const itemBytes = DTYPE_BYTES[dtype];
  const count = elementCount(shape, itemBytes);
  if (count === undefined) throw fault("has a shape with a size that is no whole number, or too large a one");
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isOffset)) {
    throw fault("must have data_offsets [begin, end]");
  }
  const [begin, end] = offsets;
  if (end - begin !== count * itemBytes) {
    throw fault(`of ${dtype} ${showShape(shape)} needs ${count * itemBytes} bytes, not ${show(end - begin)}`);
  }
  return { name, dtype, shape, begin, end };
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
    if (places.has(name)) throw new InvalidArgumentError(`tensor name ${show(name)} is used twice`);
    const end = begin + (elementCount(shape) ?? 0) * DTYPE_BYTES[dtype];
    places.set(name, { name, dtype, shape, begin, end });
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  const json = new TextEncoder().encode(`{${entries.join(",")}}`);
  const paddedLength = Math.ceil(json.length / 8) * 8;
  if (paddedLength > MAX_HEADER_BYTES) {
    throw new InvalidArgumentError(
      `safetensors header would need ${paddedLength} bytes, at most ${MAX_HEADER_BYTES}`,
    );
  }
  const start = new Uint8Array(8 + paddedLength).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(paddedLength), true);
  start.set(json, 8);
  return { start, places, dataBytes: begin };
}

function checkTensor({ name, dtype, shape }: TensorInfo): void {
  if (name === METADATA || !name.isWellFormed()) {
    throw new InvalidArgumentError(`${show(name)} cannot be the name of a tensor`);
  }
  if (!isDtype(dtype)) {
    throw new InvalidArgumentError(`tensor ${show(name)} has unknown element type ${show(dtype)}`);
  }
  if (elementCount(shape, DTYPE_BYTES[dtype]) === undefined) {
    throw new InvalidArgumentError(`tensor ${show(name)} cannot have shape ${showShape(shape)}`);
  }
}
