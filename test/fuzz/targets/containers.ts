import { crc32 } from "node:zlib";
import {
  batchIn,
  inputsIn,
  parseNpy,
  parseNpz,
  parseSafetensors,
  parseTensors,
  serialiseNpy,
  serialiseNpz,
  serialiseSafetensors,
  type TensorArray,
} from "@graphon-limit/data";
import { NUMPY_FILES } from "../../data/numpy_files.ts";
import { SCIPY_FILES } from "../../data/scipy_files.ts";
import { fromBase64, npyFile, safetensorsFile, storedZip } from "../../data/support.ts";
import { changedArray, NPY, oddArray } from "../formats/npy.ts";
import { manyTensors, oddNetwork, SAFETENSORS } from "../formats/safetensors.ts";
import { archiveMutations, zipOf } from "../formats/zip.ts";
import { Random } from "../random.ts";
import type { Bytes, Mutation, Target, Watch } from "../target.ts";
import { readNetworks, readTensors } from "./read_tensors.ts";

const MATRIX = { data: Float32Array.from({ length: 12 }, (_, i) => i - 4), shape: [3, 4] };
const NEXT = { data: Float32Array.from({ length: 6 }, (_, i) => i / 7), shape: [2, 3] };
const BIAS = { data: new Float32Array(3), shape: [3] };
const MASK = { data: Uint8Array.of(1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1), shape: [3, 4] };

/** Networks as people save them. */
export const SAFETENSORS_FILES: readonly Bytes[] = [
  serialiseSafetensors([
    { name: "0.weight_orig", ...MATRIX },
    { name: "0.weight_mask", ...MASK },
    { name: "0.bias", ...BIAS },
    { name: "2.weight", ...NEXT },
  ], { made: "here" }),
  serialiseSafetensors([
    { name: "fc1.weight", ...MASK },
    { name: "fc2.weight", data: Uint8Array.of(1, 0, 1, 0, 1, 1), shape: [2, 3] },
  ]),
  serialiseSafetensors([{ name: "x", data: new BigInt64Array(2), shape: [2] }, {
    name: "c",
    data: new Uint16Array(24).fill(0x3f80),
    shape: [2, 3, 2, 2],
    dtype: "BF16",
  }]),
  safetensorsFile('{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}', new Uint8Array(4)),
];

const NPY_FILES: readonly Bytes[] = [
  serialiseNpy(MATRIX.data, MATRIX.shape),
  npyFile("{'descr': '|b1', 'fortran_order': True, 'shape': (3, 4), }", MASK.data),
  npyFile("{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(8)),
  ...Object.values(NUMPY_FILES).map(fromBase64).filter((file) => file[0] === 0x93),
];

const NPZ_FILES: readonly Bytes[] = [
  serialiseNpz([["a.weight", MATRIX], ["a.bias", BIAS], ["b.weight", NEXT]]),
  storedZip({ "a.npy": serialiseNpy(MATRIX.data, MATRIX.shape) }, true),
  storedZip({ "a.npy": serialiseNpy(MATRIX.data, MATRIX.shape), "b.npy": NPY_FILES[1] }),
  fromBase64(NUMPY_FILES.stored),
  fromBase64(NUMPY_FILES.deflated),
];

const NPZ: readonly Mutation[] = archiveMutations(changedArray);

const fresh = (change: Mutation["change"]): Mutation => ({ change, reseals: true });

function bytesOf(data: TensorArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** An archive of many arrays, or of one that is large and compresses well. */
function largeArchive(_input: Bytes, random: Random): Bytes {
  const array = oddArray(_input, random), deflated = random.chance(0.5);
  const entries = Array.from({ length: random.pick([200, 2000]) }, (_, i) => ({
    ...{ name: `layers.${i}.weight.npy`, content: array.length > 500 ? NPY_FILES[0] : array, deflated },
  }));
  const zeros = npyFile(
    "{'descr': '|u1', 'fortran_order': True, 'shape': (1000, 1000), }",
    new Uint8Array(1e6),
  );
  return random.chance(0.5) ? zipOf(entries) : zipOf([{ name: "a.npy", content: zeros, deflated: true }]);
}

/** Opens any container and reads all there is. */
function readContainer(input: Bytes, watch: Watch, isLarge = false): void {
  const file = watch.attempt(() => parseTensors(input, "f"));
  if (file === undefined) return;
  using _file = file;
  // The one tensor of a sparse matrix is called as the file is; its parts alone are other content.
  readTensors(file, watch, isZip(input) && !file.has("indptr") && !file.has("data"));
  readNetworks(file, watch, isLarge);
}

function isZip(input: Uint8Array): boolean {
  return input[0] === 0x50 && input[1] === 0x4b;
}

export const CONTAINERS: readonly Target[] = [
  {
    name: "safetensors",
    share: 3,
    seeds: () => SAFETENSORS_FILES,
    mutations: SAFETENSORS,
    read(input, watch) {
      const file = watch.attempt(() => parseSafetensors(input, "f"));
      if (file === undefined) return;
      readTensors(file, watch);
    },
  },
  {
    name: "npy",
    share: 2,
    seeds: () => NPY_FILES,
    mutations: NPY,
    read(input, watch) {
      watch.asked(2 * input.length);
      watch.attempt(() => parseNpy(input, "f"));
      readContainer(input, watch);
    },
  },
  {
    name: "npz",
    share: 3,
    seeds: () => NPZ_FILES,
    mutations: NPZ,
    read(input, watch) {
      const arrays = watch.attempt(() => parseNpz(input, "f", 1 << 22));
      for (const { data, shape } of arrays?.values() ?? []) {
        watch.asked(20 * data.byteLength);
        watch.covered("array", `[${shape.join()}] ${crc32(bytesOf(data))}`);
      }
    },
  },
  {
    name: "tensors",
    share: 4,
    seeds: () => [...SAFETENSORS_FILES, ...NPY_FILES, ...NPZ_FILES],
    mutations: [...SAFETENSORS, ...NPY, ...NPZ],
    read: (input, watch) => readContainer(input, watch),
  },
  {
    name: "sparse",
    share: 3,
    seeds: () => Object.values(SCIPY_FILES).map(fromBase64),
    mutations: NPZ,
    read: (input, watch) => readContainer(input, watch),
  },
  {
    name: "networks",
    share: 4,
    seeds: () => SAFETENSORS_FILES,
    mutations: [fresh(oddNetwork), fresh(oddNetwork), fresh(oddNetwork), ...SAFETENSORS],
    read: (input, watch) => readContainer(input, watch),
  },
  {
    name: "large",
    share: 0.005,
    seeds: () => [
      manyTensors(new Uint8Array(), Random.of(1, "large", 0)),
      largeArchive(NPY_FILES[0], Random.of(1, "large", 1)),
    ],
    mutations: [fresh(manyTensors), fresh(largeArchive)],
    read: (input, watch) => readContainer(input, watch, true),
  },
  {
    name: "batch",
    share: 2,
    seeds: () => [
      serialiseSafetensors([{ name: "x", ...MATRIX }, {
        name: "y",
        data: Uint8Array.of(0, 2, 1),
        shape: [3],
      }]),
      serialiseNpz([["x", { data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), shape: [2, 1, 2, 2] }], ["y", {
        data: Float32Array.of(0, 1, 1, 0),
        shape: [2, 2],
      }]]),
      serialiseNpy(MATRIX.data, MATRIX.shape),
    ],
    mutations: [...SAFETENSORS, ...NPZ, ...NPY],
    read(input, watch) {
      const file = watch.attempt(() => parseTensors(input, "f"));
      if (file === undefined) return;
      using _file = file;
      const elements = file.tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
      if (elements > 1 << 20) return;
      watch.asked(40 * elements);
      for (const read of [batchIn, inputsIn]) {
        for (const notice of watch.attempt(() => read(file))?.notices ?? []) watch.line(notice);
      }
    },
  },
];
