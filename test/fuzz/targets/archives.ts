import { crc32, gunzipSync } from "node:zlib";
import { gunzip } from "../../../packages/data/archives/gunzip.ts";
import { parseTar } from "../../../packages/data/archives/tar.ts";
import { readCsvImages } from "../../../packages/data/datasets/csv_images.ts";
import { readIdx, readIdxLabels } from "../../../packages/data/datasets/idx.ts";
import { idxFile, tarOf } from "../../data/support.ts";
import { changedCsv, CSV } from "../formats/csv.ts";
import { gzipMutations, gzipped } from "../formats/gzip.ts";
import { changedIdx, IDX } from "../formats/idx.ts";
import { TAR } from "../formats/tar.ts";
import type { Bytes, Target } from "../target.ts";

const TEXT = new TextEncoder().encode("one two three one two three one two one ".repeat(20));
const IMAGES = idxFile([2, 3, 3], new Uint8Array(18).fill(9));
const LABELS = idxFile([3], [1, 2, 3]), MANY_LABELS = idxFile([2, 2], new Uint8Array(16)).with(2, 12);
const TABLE = new TextEncoder().encode(
  `label${",p".repeat(784)}\n1${",2".repeat(784)}\n"7", 8${",255".repeat(783)}\r\n`,
);

/** What decompresses to more is refused, as a caller may ask. */
const LIMIT = 1 << 22;

function grown(input: Bytes): Bytes {
  const out = new Uint8Array(2 * input.length);
  out.set(input);
  return out;
}

/** What another program reads, or why it does not. */
function readByZlib(input: Bytes): Uint8Array | string {
  try {
    return gunzipSync(input, { maxOutputLength: LIMIT });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const ARCHIVES: readonly Target[] = [
  {
    name: "gzip",
    share: 1,
    seeds: () => [gzipped(TEXT), gzipped(TEXT, 0), gzipped(IMAGES), gzipped(new Uint8Array(70_000))],
    mutations: gzipMutations((content) => grown(content)),
    read(input, watch) {
      // What stops at the limit has been gone through up to it.
      watch.asked(Math.min(LIMIT, 1032 * input.length));
      const found = watch.attempt(() => gunzip(input, "f", LIMIT));
      if (found === undefined) return;
      const other = readByZlib(input);
      watch.holds(
        typeof other !== "string" && found.length === other.length && crc32(found) === crc32(other),
        `zlib reads ${typeof other === "string" ? `nothing: ${other}` : "something else"}`,
      );
    },
  },
  {
    name: "tar",
    share: 1,
    seeds: () => [tarOf({ "a/": new Uint8Array(), "a/b": IMAGES }), tarOf({})],
    mutations: TAR,
    read: (input, watch) => void watch.attempt(() => parseTar(input, "f")),
  },
  {
    name: "idx",
    share: 2,
    seeds: () => [IMAGES, LABELS, MANY_LABELS, gzipped(IMAGES), gzipped(LABELS)],
    mutations: [...IDX, ...gzipMutations(changedIdx)],
    read(input, watch) {
      watch.asked(Math.min(1 << 22, 2 * 1032 * input.length));
      watch.attempt(() => readIdx(input, "f", { limit: LIMIT }));
      watch.attempt(() => readIdx(input, "f", { dimensions: 3, limit: LIMIT }));
      watch.attempt(() => readIdxLabels(input, "f"));
    },
  },
  {
    name: "csv",
    share: 1,
    seeds: () => [TABLE, gzipped(TABLE)],
    mutations: [...CSV, ...gzipMutations(changedCsv)],
    read(input, watch) {
      watch.asked(Math.min(1 << 22, 1032 * input.length));
      watch.attempt(() => readCsvImages(input, "f"));
    },
  },
];
