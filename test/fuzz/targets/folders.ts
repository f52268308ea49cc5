import { crc32 } from "node:zlib";
import {
  DATASET_NAMES,
  loadDataset,
  openTensors,
  serialiseNpz,
  serialiseSafetensors,
} from "@graphon-limit/data";
import { seedFrom } from "@graphon-limit/runtime";
import { idxFile, tarOf } from "../../data/support.ts";
import { type Bundle, bundled, bundleMutations, unbundled, unpack } from "../formats/bundle.ts";
import { changedCsv } from "../formats/csv.ts";
import { gzipMutations, gzipped } from "../formats/gzip.ts";
import { changedIdx } from "../formats/idx.ts";
import { changedJson } from "../formats/json_tree.ts";
import { changedArray } from "../formats/npy.ts";
import { SAFETENSORS } from "../formats/safetensors.ts";
import { changedTar } from "../formats/tar.ts";
import { archiveMutations } from "../formats/zip.ts";
import { Random } from "../random.ts";
import type { Bytes, Mutation, Target, Watch } from "../target.ts";
import { readNetworks, readTensors } from "./read_tensors.ts";

/** Folders are made below it, and removed. */
const WORK = `out/fuzz/work-${Deno.pid}`;

/** Does something in a folder that holds the files of an input. */
export async function inBundle(input: Bytes, use: (folder: string) => void | Promise<void>): Promise<void> {
  unpack(unbundled(input), WORK);
  try {
    await use(WORK);
  } finally {
    Deno.removeSync(WORK, { recursive: true });
  }
}

/** Changes of a file, by what its name says it is. */
function insideOf(name: string, random: Random): Mutation["change"] | undefined {
  const changes: readonly Mutation["change"][] = /\.safetensors$/.test(name)
    ? SAFETENSORS.map(({ change }) => change)
    : /\.json$/.test(name)
    ? [editJson]
    : /\.tar\.gz$/.test(name)
    ? gzipMutations(changedTar).map(({ change }) => change)
    : /\.npz$/.test(name)
    ? archiveMutations(changedArray).map(({ change }) => change)
    : /\.gz$/.test(name)
    ? gzipMutations(changedIdx).map(({ change }) => change)
    : /ubyte|idx/.test(name)
    ? [changedIdx]
    : /\.csv$/.test(name)
    ? [changedCsv]
    : [];
  return changes.length === 0 ? undefined : random.pick(changes);
}

function editJson(input: Bytes, random: Random): Bytes | undefined {
  const text = changedJson(new TextDecoder().decode(input), random);
  return text === undefined ? undefined : new TextEncoder().encode(text);
}

const PIXELS = new Uint8Array(2 * 784).fill(7),
  IMAGES = idxFile([2, 28, 28], PIXELS),
  LABELS = idxFile([2], [1, 2]);

function cifar(...labels: number[]): Uint8Array {
  const file = new Uint8Array(3073 * labels.length);
  labels.forEach((label, row) => file[3073 * row] = label);
  return file;
}

const DATA_FOLDERS: readonly Bundle[] = [
  { "train-images-idx3-ubyte": IMAGES, "train-labels-idx1-ubyte": LABELS },
  { "t10k-images.idx3-ubyte.gz": gzipped(IMAGES), "t10k-labels.idx1-ubyte.gz": gzipped(LABELS) },
  { "MNIST/raw/train-images-idx3-ubyte": IMAGES, "MNIST/raw/train-labels-idx1-ubyte": LABELS },
  {
    "emnist-letters-train-images-idx3-ubyte": IMAGES,
    "emnist-letters-train-labels-idx1-ubyte": LABELS,
  },
  {
    "mnist.npz": serialiseNpz([
      ["x_train", { data: PIXELS, shape: [2, 28, 28] }],
      ["y_train", { data: Uint8Array.of(1, 2), shape: [2] }],
    ]),
  },
  {
    "kmnist-train-imgs.npz": serialiseNpz([["arr_0", { data: PIXELS, shape: [2, 28, 28] }]]),
    "kmnist-train-labels.npz": serialiseNpz([["arr_0", { data: Uint8Array.of(1, 2), shape: [2] }]]),
  },
  { "mnist_train.csv": new TextEncoder().encode(`1${",2".repeat(784)}\n`) },
  { "data_batch_1.bin": cifar(1, 2), "test_batch.bin": cifar(3) },
  { "cifar-10-batches-bin/data_batch_2.bin": cifar(4) },
  { "cifar-10-binary.tar.gz": gzipped(tarOf({ "cifar-10-batches-bin/data_batch_1.bin": cifar(5) })) },
];

const SETS = DATASET_NAMES.filter((name) => name !== "digits");

/** Reads some data sets, the same ones for the same input: each looks for dozens of files. */
async function readFolder(input: Bytes, folder: string, watch: Watch): Promise<void> {
  const random = new Random(seedFrom(crc32(input)));
  const names = Array.from({ length: 3 }, () => random.pick(SETS));
  const onNotice = (line: string) => watch.line(line);
  const fetch = () => Promise.reject(new TypeError("no network"));
  for (const name of names) {
    const set = await watch.attempting(() => loadDataset(name, { dataDir: folder, onNotice, fetch }));
    if (set !== undefined) watch.asked(20 * set.images.byteLength);
  }
  const options = { dataDir: folder, split: "test", count: 1, normalise: "none", onNotice } as const;
  await watch.attempting(() => loadDataset("mnist", options));
}

function sizeOf(input: Bytes): number {
  return Object.values(unbundled(input)).reduce((sum, { length }) => sum + length, 0);
}

const SHARDS: Bundle = {
  "model.safetensors.index.json": new TextEncoder().encode(JSON.stringify({
    metadata: { total_size: 80 },
    weight_map: {
      "0.weight": "model-00001-of-00002.safetensors",
      "0.bias": "model-00001-of-00002.safetensors",
      "2.weight": "model-00002-of-00002.safetensors",
    },
  })),
  "model-00001-of-00002.safetensors": serialiseSafetensors([
    { name: "0.weight", data: new Float32Array(12).fill(2), shape: [3, 4] },
    { name: "0.bias", data: new Float32Array(3), shape: [3] },
  ]),
  "model-00002-of-00002.safetensors": serialiseSafetensors([
    { name: "2.weight", data: new Float32Array(6).fill(2), shape: [2, 3] },
  ]),
};

export const FOLDERS: readonly Target[] = [
  {
    name: "data-folder",
    share: 0.1,
    isFolder: true,
    seeds: () => DATA_FOLDERS.map(bundled),
    mutations: bundleMutations(insideOf),
    read(input, watch) {
      // Each set looks at the files, gzip data among them.
      watch.asked(Math.min(1 << 26, 12 * 1032 * sizeOf(input)));
      return inBundle(input, (folder) => readFolder(input, folder, watch));
    },
  },
  {
    name: "shards",
    share: 0.5,
    isFolder: true,
    seeds: () => [bundled(SHARDS)],
    mutations: bundleMutations(insideOf),
    read: (input, watch) =>
      inBundle(input, (folder) => {
        for (const name of ["model.safetensors.index.json", "model-00002-of-00002.safetensors"]) {
          const file = watch.attempt(() => openTensors(`${folder}/${name}`));
          if (file === undefined) continue;
          using _file = file;
          readTensors(file, watch);
          readNetworks(file, watch);
        }
      }),
  },
];
