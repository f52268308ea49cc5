import { type Zippable, zipSync } from "fflate";
import { formatBytes, shortName } from "@graphon-limit/runtime";
import { workingMemory } from "../archives/inflate.ts";
import { readZipDirectory, type ZipEntry } from "../archives/zip_directory.ts";
import { openZipEntry } from "../archives/zip_entry.ts";
import { type ByteSource, memoryBytes } from "../files/byte_source.ts";
import { argumentFault, formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import { type NpyArray, type NpyWritable, readNpyArray, serialiseNpy } from "./npy.ts";
import { type NpyLayout, readNpyLayout, type UnreadNpy } from "./npy_layout.ts";

/** The most bytes the arrays of an NPZ file may decompress to, unless the caller says otherwise. */
const DEFAULT_LIMIT = 1024 * 1024 * 1024;

/** Decompressed at a time where only the header is wanted. */
const HEADER_PIECE = 1024;

/** One array of an NPZ file. */
export interface NpzArray {
  /** Its name, `.npy` left off. */
  readonly name: string;
  /** What error messages call it. */
  readonly label: string;
  readonly layout: NpyLayout | UnreadNpy;
  /** The bytes of the NPY file. */
  readonly bytes: ByteSource;
}

/**
 * Lists the arrays of an NPZ file, a ZIP archive of NPY files, stored or deflated.
 *
 * @throws FormatError naming the file and the array
 */
export function listNpz(
  archive: ByteSource,
  entries: readonly ZipEntry[] = readZipDirectory(archive),
): NpzArray[] {
  const names = new Set<string>(), memory = workingMemory(HEADER_PIECE);
  return entries.map((entry) => {
    if (!entry.name.endsWith(".npy")) {
      throw formatFault(archive.label, "nothing but .npy files in it", quoted(entry.name));
    }
    const name = entry.name.slice(0, -".npy".length), label = `${archive.label}: ${shortName(entry.name)}`;
    if (names.has(name)) throw formatFault(archive.label, "each array once", `${quoted(name)} twice`);
    names.add(name);
    const bytes = openZipEntry(archive, entry, label);
    // The header is read by a source of its own, for of thousands of files each would keep the memory it decompresses with.
    return { name, label, bytes, layout: readNpyLayout(bytes, openZipEntry(archive, entry, label, memory)) };
  });
}

/**
 * Reads an NPZ file: a ZIP archive of NPY files, stored or deflated.
 *
 * @param source what error messages call the file
 * @param limit the most bytes the arrays may take together, checked before any is decompressed; 1 GiB unless given
 * @returns the arrays by name, `.npy` left off
 * @throws FormatError naming `source` and the array
 */
export function parseNpz(
  bytes: Uint8Array,
  source = "NPZ data",
  limit = DEFAULT_LIMIT,
): Map<string, NpyArray> {
  const archive = memoryBytes(bytes, source), entries = readZipDirectory(archive);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > limit) {
    throw formatFault(source, `arrays of at most ${formatBytes(limit)} together`, formatBytes(total));
  }
  return new Map(
    listNpz(archive, entries).map(({ name, label, layout }) => [name, readNpyArray(layout, label)]),
  );
}

/**
 * The bytes of an NPZ file, deflated, as `numpy.savez_compressed` writes one. The same arrays give the same bytes.
 *
 * @param arrays data and shape of each array, by name
 * @throws InvalidArgumentError where data and shape do not agree
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseNpz, serialiseNpz } from "@graphon-limit/data";
 *
 * const bytes = serialiseNpz([["density", { data: Float64Array.of(0.25, 0.75), shape: [1, 2] }]]);
 * assert.deepEqual(parseNpz(bytes).get("density")?.shape, [1, 2]);
 * ```
 */
export function serialiseNpz(
  arrays: Iterable<readonly [name: string, array: { data: NpyWritable; shape: readonly number[] }]>,
): Uint8Array<ArrayBuffer> {
  const files: Zippable = {};
  for (const [name, { data, shape }] of arrays) {
    const file = `${name}.npy`;
    if (Object.hasOwn(files, file)) throw argumentFault("each array name once", `${quoted(name)} twice`);
    files[file] = serialiseNpy(data, shape);
  }
  return zipSync(files, { level: 6, mtime: new Date(1980, 0, 1) });
}
