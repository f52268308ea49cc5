import { isZip, readZipDirectory } from "../archives/zip_directory.ts";
import { type ByteSource, memoryBytes, openBytes } from "../files/byte_source.ts";
import { formatFault } from "../messages/faults.ts";
import { type FileStart, foreignArchive, foreignFile, pythonObjects } from "./foreign_formats.ts";
import { isNpy, readNpyLayout } from "./npy_layout.ts";
import { listNpz, type NpzArray } from "./npz.ts";
import { isSafetensors, readSafetensors } from "./safetensors_reader.ts";
import { openShards, parseShardIndex, shardNotices } from "./shards.ts";
import { isSparse, readSparse } from "./sparse_matrix.ts";
import { type StoredTensor, type TensorContents, TensorReader, type UnreadTensor } from "./tensor_reader.ts";

/** First bytes looked at to tell a file's format: as many as a tar archive needs. */
const START_BYTES = 512;

/**
 * Opens a file of named tensors, whatever its format: safetensors, one file or the index of several
 * (`model.safetensors.index.json`), NPZ, NPY (its one tensor is called as the file is), or a sparse matrix of SciPy's.
 * What it is is told by its first bytes, not by its name. Tensors are read when asked for, row by row if so wanted.
 *
 * @throws InvalidArgumentError where it cannot be read
 * @throws ForeignFormatError where it is of another format, with the way to convert it
 * @throws FormatError where it is damaged
 * @throws NoFileSystemError in a browser
 */
export function openTensors(path: string): TensorReader {
  return readTensors(openBytes(path), true);
}

/**
 * {@linkcode openTensors} for a file that is in memory.
 *
 * @param source what error messages call it: its name
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseTensors, serialiseNpz } from "@graphon-limit/data";
 *
 * const bytes = serialiseNpz([["fc1", { data: Uint8Array.of(1, 0, 0, 1), shape: [2, 2] }]]);
 * using file = parseTensors(bytes, "masks.npz");
 * assert.deepEqual(file.tensors, [{ name: "fc1", dtype: "U8", shape: [2, 2] }]);
 * assert.deepEqual([...file.readUint8("fc1", [1, 2])], [0, 1]);
 * ```
 */
export function parseTensors(bytes: Uint8Array, source: string): TensorReader {
  return readTensors(memoryBytes(bytes, source), false);
}

/** Reads any container; takes over `bytes`, and disposes of them at once where they are none. */
function readTensors(bytes: ByteSource, hasNeighbours: boolean): TensorReader {
  try {
    return new TensorReader(readContents(bytes, hasNeighbours));
  } catch (error) {
    bytes[Symbol.dispose]();
    throw error;
  }
}

function readContents(bytes: ByteSource, hasNeighbours: boolean): TensorContents {
  const start = new Uint8Array(Math.min(START_BYTES, bytes.size));
  bytes.readAt(0, start);
  if (isSafetensors(start, bytes.size)) {
    return { ...readSafetensors(bytes), notices: hasNeighbours ? shardNotices(bytes.label) : [] };
  }
  if (isNpy(start)) return readNpy(bytes);
  if (isZip(start)) return readNpz(bytes);
  const index = hasNeighbours && isJsonObject(start) ? parseShardIndex(bytes) : undefined;
  if (index === undefined) throw foreignFile(startOf(bytes, start));
  bytes[Symbol.dispose]();
  return openShards(bytes.label, index, (path) => readTensors(openBytes(path), false));
}

/** Whether bytes begin as an object in JSON does. */
function isJsonObject(start: Uint8Array): boolean {
  return start.find((byte) => byte > 0x20) === 0x7b;
}

function startOf(bytes: ByteSource, start: Uint8Array): FileStart {
  const end = new Uint8Array(Math.min(8, bytes.size));
  bytes.readAt(bytes.size - end.length, end);
  return { start, end, source: bytes.label };
}

/** What to call the tensor of a file that holds one without a name: the file's name without its ending. */
function stemOf(path: string): string {
  return path.replace(/^.*[/\\]/, "").replace(/\.np[yz]$/i, "") || "array";
}

function readNpy(bytes: ByteSource): TensorContents {
  const layout = readNpyLayout(bytes), name = stemOf(bytes.label);
  if ("what" in layout) {
    if (layout.descr.endsWith("O")) throw pythonObjects(bytes.label);
    throw formatFault(bytes.label, "numbers or booleans", layout.what);
  }
  return contentsOf(bytes, [{ name, ...layout }]);
}

function readNpz(bytes: ByteSource): TensorContents {
  const entries = readZipDirectory(bytes);
  if (entries.length === 0 || !entries.every(({ name }) => name.endsWith(".npy"))) {
    throw foreignArchive(entries, bytes.label);
  }
  const arrays = listNpz(bytes, entries);
  if (isSparse(arrays)) return contentsOf(bytes, [readSparse(arrays, stemOf(bytes.label), bytes.label)]);
  const tensors: StoredTensor[] = [], unread: UnreadTensor[] = [];
  for (const { name, layout } of arrays) {
    if ("what" in layout) unread.push({ name, what: layout.what });
    else tensors.push({ name, ...layout });
  }
  if (tensors.length === 0 && arrays.some(isOfObjects)) throw pythonObjects(bytes.label);
  return contentsOf(bytes, tensors, unread);
}

function isOfObjects({ layout }: NpzArray): boolean {
  return "what" in layout && layout.descr.endsWith("O");
}

function contentsOf(
  bytes: ByteSource,
  tensors: readonly StoredTensor[],
  unread: readonly UnreadTensor[] = [],
): TensorContents {
  return { source: bytes.label, tensors, unread, [Symbol.dispose]: () => bytes[Symbol.dispose]() };
}
