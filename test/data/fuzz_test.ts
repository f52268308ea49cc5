import fc from "fast-check";
import { GraphonLimitError } from "@graphon-limit/runtime";
import {
  parseNpy,
  parseNpz,
  parseSafetensors,
  parseTensors,
  readMaskMatrices,
  readNetwork,
  readWeightMatrices,
  serialiseNpy,
  serialiseNpz,
  serialiseSafetensors,
} from "@graphon-limit/data";
import { readCsvImages } from "../../packages/data/datasets/csv_images.ts";
import { readIdx, readIdxLabels } from "../../packages/data/datasets/idx.ts";
import { parseTar } from "../../packages/data/archives/tar.ts";
import { NUMPY_FILES } from "./numpy_files.ts";
import { SCIPY_FILES } from "./scipy_files.ts";
import { fromBase64, gzip, idxFile, npyFile, safetensorsFile, storedZip, tarOf } from "./support.ts";

type Reader = (bytes: Uint8Array<ArrayBuffer>) => unknown;

/** Reads all there is to read, every way there is. */
function readAllTensors(bytes: Uint8Array): void {
  const reader = parseSafetensors(bytes);
  for (const { name } of reader.tensors) {
    reader.readFloat32(name);
    reader.readBytes(name);
    attempt(() => reader.readUint8(name));
    attempt(() => reader.readInt32(name));
  }
  for (const open of [readWeightMatrices, readMaskMatrices]) {
    attempt(() => open(reader).forEach((matrix) => matrix.read()));
  }
}

/** Opens any container and reads the networks in it, as weights, as masks and as both. */
function readAnything(bytes: Uint8Array): void {
  using file = parseTensors(bytes, "f");
  for (const { name } of file.tensors) attempt(() => file.readFloat32(name));
  const ways = [{ weights: file }, { masks: file }, { weights: file, masks: file }, {
    weights: file,
    masks: "nonzero",
  }] as const;
  for (const files of ways) {
    for (const options of [{}, { chain: true }, { transpose: true }]) {
      attempt(() => {
        for (const { weight, mask, bias, biasMask } of readNetwork(files, options).layers) {
          for (const part of [weight, mask, bias, biasMask]) attempt(() => part?.read());
        }
      });
    }
  }
}

function attempt(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof GraphonLimitError)) throw error;
  }
}

const MATRIX = { data: Float32Array.from({ length: 12 }, (_, i) => i - 4), shape: [3, 4] };
const IMAGES = idxFile([2, 3, 3], new Uint8Array(18).fill(9));
const READERS: { name: string; read: Reader; valid: Uint8Array<ArrayBuffer>[] }[] = [
  { name: "readIdx", read: (bytes) => readIdx(bytes, "f"), valid: [IMAGES, await gzip(IMAGES)] },
  {
    name: "parseSafetensors",
    read: readAllTensors,
    valid: [
      serialiseSafetensors(
        [{ name: "a", ...MATRIX }, { name: "b", data: new Uint8Array([1, 0, 1]), shape: [1, 3] }],
        { made: "here" },
      ),
      serialiseSafetensors([{ name: "x", data: new BigInt64Array(2), shape: [2] }]),
    ],
  },
  {
    name: "parseNpy",
    read: parseNpy,
    valid: [
      serialiseNpy(MATRIX.data, MATRIX.shape),
      fromBase64(NUMPY_FILES.f8Fortran),
      fromBase64(NUMPY_FILES.u2Version2),
    ],
  },
  {
    name: "parseNpz",
    read: parseNpz,
    valid: [
      serialiseNpz([["a", MATRIX], ["b", MATRIX]]),
      fromBase64(NUMPY_FILES.stored),
      fromBase64(NUMPY_FILES.deflated),
    ],
  },
  {
    name: "parseTensors",
    read: readAnything,
    valid: [
      serialiseSafetensors([
        { name: "0.weight_orig", ...MATRIX },
        { name: "0.weight_mask", data: new Uint8Array(12).fill(1), shape: [3, 4] },
        { name: "0.bias", data: new Float32Array(3), shape: [3] },
      ]),
      safetensorsFile('{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}', new Uint8Array(4)),
      storedZip({ "a.npy": serialiseNpy(MATRIX.data, MATRIX.shape) }, true),
      serialiseNpz([["a.weight", MATRIX], ["a.bias", { data: new Float32Array(3), shape: [3] }]]),
      fromBase64(NUMPY_FILES.f8Fortran),
      npyFile("{'descr': '<U2', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(8)),
      ...Object.values(SCIPY_FILES).map(fromBase64),
    ],
  },
  {
    name: "readCsvImages",
    read: (bytes) => readCsvImages(bytes, "f"),
    valid: [new TextEncoder().encode(`label${",p".repeat(784)}\n1${",2".repeat(784)}\n`)],
  },
  {
    name: "readIdxLabels",
    read: (bytes) => readIdxLabels(bytes, "f"),
    valid: [idxFile([2, 2], new Uint8Array(16)).with(2, 12), await gzip(idxFile([3], [1, 2, 3]))],
  },
  {
    name: "parseTar",
    read: (bytes) => parseTar(bytes, "f"),
    valid: [tarOf({ "a/": new Uint8Array(), "a/b": IMAGES })],
  },
];

/** A value, or one of the project's errors, in little more memory than the input takes. */
async function readsOrRefuses(read: Reader, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const before = Deno.memoryUsage().external;
  try {
    await read(bytes);
  } catch (error) {
    if (!(error instanceof GraphonLimitError) || /\n/.test(error.message)) throw error;
  }
  const grown = Deno.memoryUsage().external - before;
  if (grown > 8 * 1024 * 1024) throw new Error(`${bytes.length} bytes made ${grown} be allocated`);
}

for (const { name, read, valid } of READERS) {
  Deno.test(`${name} reads or refuses any bytes`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (noise) => readsOrRefuses(read, noise)),
      {
        numRuns: 200,
      },
    );
    // Behind a valid beginning noise reaches further than on its own.
    const started = fc.tuple(fc.constantFrom(...valid), fc.nat(), fc.uint8Array({ maxLength: 100 }));
    await fc.assert(
      fc.asyncProperty(started, ([file, cut, noise]) => {
        const kept = file.subarray(0, cut % (file.length + 1));
        return readsOrRefuses(read, Uint8Array.of(...kept, ...noise));
      }),
      { numRuns: 400 },
    );
  });

  Deno.test(`${name} reads or refuses valid files with altered bytes`, async () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...valid), changes, (file, list) => {
        const altered = file.slice();
        for (const [at, byte] of list) altered[at % file.length] = byte;
        return readsOrRefuses(read, altered);
      }),
      { numRuns: 1000 },
    );
  });
}
