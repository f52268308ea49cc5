import { crc32 } from "node:zlib";
import { type NetworkFiles, readNetwork, type TensorInfo, type TensorReader } from "@graphon-limit/data";
import { DTYPE_BYTES } from "../../../packages/data/containers/dtype.ts";
import type { Watch } from "../target.ts";

/** Tensors that claim more are not read whole: what is asked for may take what it takes. */
const MOST_ELEMENTS = 1 << 20;

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Elements, shape and type in a few letters. */
export function digest({ dtype, shape }: Pick<TensorInfo, "dtype" | "shape">, bytes: Uint8Array): string {
  return `${dtype} [${shape.join()}] ${crc32(bytes)}`;
}

/** Reads the tensors of a file every way there is: whole, some rows, as each type, those that are not there. */
export function readTensors(file: TensorReader, watch: Watch, hasChecksums = false): void {
  for (const notice of file.notices) watch.line(notice);
  for (const tensor of file.tensors.slice(0, 200)) readTensor(file, tensor, watch, hasChecksums);
  watch.attempt(() => file.readFloat32("no such tensor"));
}

function readTensor(file: TensorReader, tensor: TensorInfo, watch: Watch, hasChecksums: boolean): void {
  const { name, dtype, shape } = tensor, count = countOf(shape);
  if (count > MOST_ELEMENTS) return readCorner(file, tensor, watch);
  watch.asked(count * (DTYPE_BYTES[dtype] + 30));
  const whole = watch.attempt(() => file.readBytes(name));
  if (whole !== undefined && hasChecksums) watch.covered(name, digest(tensor, whole));
  watch.attempt(() => file.readFloat32(name));
  watch.attempt(() => file.readUint8(name));
  watch.attempt(() => file.readInt32(name));
  if (shape.length === 0) return void watch.attempt(() => file.readBytes(name, [0, 1]));
  const from = Math.floor(shape[0] / 3), to = Math.min(shape[0], from + 2);
  const rows = watch.attempt(() => file.readBytes(name, [from, to]));
  if (whole === undefined || rows === undefined) return;
  const rowBytes = shape[0] === 0 ? 0 : whole.length / shape[0];
  const same = rows.length === (to - from) * rowBytes &&
    rows.every((byte, i) => byte === whole[from * rowBytes + i]);
  watch.holds(same, `rows ${from} to ${to} of ${JSON.stringify(name)} differ from those of the whole`);
}

/** A row of a tensor that is large, or claims to be. */
function readCorner(file: TensorReader, { name, shape }: TensorInfo, watch: Watch): void {
  if (shape.length === 0 || countOf(shape.slice(1)) > MOST_ELEMENTS) return;
  watch.asked(16 * countOf(shape.slice(1)));
  watch.attempt(() => file.readFloat32(name, [0, 1]));
  watch.attempt(() => file.readFloat32(name, [shape[0] - 1, shape[0]]));
}

const WAYS = [
  {},
  { chain: true },
  { transpose: true },
  { chain: true, transpose: true },
  { transpose: false },
  { order: ["fc2", "0.weight"] },
  { chain: true, order: ["a.weight"] },
] as const;

/** Reads the networks in a file: as weights, as masks, as both, chained or not, either way round; of large files as it is. */
export function readNetworks(file: TensorReader, watch: Watch, isLarge = false): void {
  const ways = isLarge ? WAYS.slice(0, 1) : WAYS;
  const elements = file.tensors.reduce((sum, { shape }) => sum + Math.min(countOf(shape), MOST_ELEMENTS), 0);
  // What there is said to be may have to be gone through once for each way.
  watch.asked(elements * 40 * ways.length);
  const files: readonly NetworkFiles[] = [
    { weights: file },
    { masks: file },
    { weights: file, masks: file },
    { weights: file, masks: "nonzero" },
  ];
  for (const one of files) for (const options of ways) readOne(one, options, watch);
}

function readOne(files: NetworkFiles, options: Parameters<typeof readNetwork>[1], watch: Watch): void {
  const found = watch.attempt(() => readNetwork(files, options));
  if (found === undefined) return;
  for (const notice of found.notices) watch.line(notice);
  for (const { weight, mask, bias, biasMask, rows, columns } of found.layers.slice(0, 50)) {
    if (rows * columns > MOST_ELEMENTS) continue;
    watch.attempt(() => weight?.read());
    watch.attempt(() => mask?.read());
    watch.attempt(() => bias?.read());
    watch.attempt(() => biasMask?.read());
    watch.attempt(() => mask?.read([0, 1]));
  }
}
