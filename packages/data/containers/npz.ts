import { inflateSync, type Zippable, zipSync } from "fflate";
import { formatBytes } from "@graphon-limit/runtime";
import { crc32 } from "../archives/crc32.ts";
import { readZipDirectory, type ZipEntry } from "../archives/zip_directory.ts";
import { argumentFault, formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import { type NpyArray, type NpyWritable, parseNpy, serialiseNpy } from "./npy.ts";

/** The most bytes the arrays of an NPZ file may decompress to, unless the caller says otherwise. */
const DEFAULT_LIMIT = 1024 * 1024 * 1024;

/** No deflate stream expands further: a match of 258 bytes costs at least two bits. */
const MOST_DEFLATE_EXPANSION = 1032;

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
  const entries = readZipDirectory(bytes, source);
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > limit) {
    throw formatFault(source, `arrays of at most ${formatBytes(limit)} together`, formatBytes(total));
  }
  const arrays = new Map<string, NpyArray>();
  for (const entry of entries) {
    if (!entry.name.endsWith(".npy")) {
      throw formatFault(source, "nothing but .npy files in it", quoted(entry.name));
    }
    const name = entry.name.slice(0, -".npy".length);
    if (arrays.has(name)) throw formatFault(source, "each array once", `${quoted(name)} twice`);
    arrays.set(name, parseNpy(unpack(entry, source), `${source}: ${entry.name}`));
  }
  return arrays;
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

function unpack({ name, method, stored, size, crc32: expected }: ZipEntry, source: string): Uint8Array {
  const fault = (wanted: string, found: string) => formatFault(source, `${quoted(name)} ${wanted}`, found);
  const possible = method === "stored" ? stored.length : stored.length * MOST_DEFLATE_EXPANSION;
  if (size > possible) {
    throw fault(
      `of at most ${possible} bytes, as its ${stored.length} stored bytes can hold,`,
      `a claim of ${size}`,
    );
  }
  let content = stored;
  if (method === "deflated") {
    try {
      content = inflateSync(stored, { out: new Uint8Array(size) });
    } catch {
      throw fault("of whole deflated data", "them damaged");
    }
  }
  if (content.length !== size || crc32(content) !== expected) throw fault("to match its checksum", "another");
  return content;
}
