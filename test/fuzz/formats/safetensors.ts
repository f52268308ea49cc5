import { safetensorsFile } from "../../data/support.ts";
import type { Random } from "../random.ts";
import type { Bytes, Mutation } from "../target.ts";
import { oddName, oddNumber } from "../values.ts";
import { changedJson, type Tree, treeOf, write } from "./json_tree.ts";

interface Parts {
  readonly header: string;
  readonly data: Bytes;
}

function partsOf(input: Bytes): Parts | undefined {
  if (input.length < 8) return undefined;
  const length = Number(new DataView(input.buffer, input.byteOffset).getBigUint64(0, true));
  if (length > input.length - 8) return undefined;
  const header = new TextDecoder().decode(input.subarray(8, 8 + length));
  return { header, data: input.slice(8 + length) };
}

/** Edits the header, whose length is then right. */
function editHeader(input: Bytes, random: Random): Bytes | undefined {
  const parts = partsOf(input), header = parts && changedJson(parts.header, random);
  return parts && header !== undefined ? safetensorsFile(header, parts.data) : undefined;
}

const DTYPES = [
  ...["F32", "F32", "F32", "F32", "F64", "F16", "BF16", "U8", "U8", "BOOL", "I64", "I32", "I8", "U16", "U64"],
  ...["F8_E4M3", "F4", "Q4"],
];
const BYTES: Readonly<Record<string, number>> = {
  ...{ F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, U16: 2, F4: 0.5 },
};

/** Sizes of layers that may well follow one another. */
const SIZES = [1, 2, 3, 3, 4, 4, 4, 0, 12];

function oddShape(random: Random): number[] {
  const axes = random.pick([0, 1, 1, 2, 2, 2, 2, 2, 3, 4]);
  return Array.from({ length: axes }, () => random.pick(SIZES));
}

/** Elements that are mostly zeros and ones, or anything. */
function oddData(count: number, random: Random): ArrayLike<number> {
  return random.chance(0.6)
    ? Uint8Array.from({ length: count }, () => random.below(2))
    : random.chance(0.5)
    ? new Uint8Array(count)
    : random.bytes(count);
}

/** A file that is well made of tensors of odd names, shapes and types. */
export function oddNetwork(_input: Bytes, random: Random): Bytes {
  const count = random.pick([1, 2, 3, 4, 6, 8]),
    entries: (readonly [string, Tree])[] = [],
    data: number[] = [];
  for (let tensor = 0; tensor < count; tensor++) {
    const dtype = random.pick(DTYPES), shape = oddShape(random), begin = data.length;
    const elements = shape.reduce((product, size) => product * size, 1);
    data.push(...Array.from(oddData(Math.ceil(elements * (BYTES[dtype] ?? 1)), random)));
    const name = random.chance(0.5) ? layerName(random) : oddName(random);
    entries.push([name, treeOf({ dtype, shape, data_offsets: [begin, data.length] })]);
  }
  if (random.chance(0.1)) entries.push(["__metadata__", treeOf({ [oddName(random)]: oddName(random) })]);
  return safetensorsFile(write({ kind: "object", entries }), Uint8Array.from(data));
}

function layerName(random: Random): string {
  const layer = random.pick(["fc1", "fc2", "0", "2", "10", "model.0", "a.b.0", "conv", "out"]);
  const part = random.pick([
    ".weight",
    ".weight",
    ".weight",
    ".bias",
    ".kernel",
    "",
    ".weight_mask",
    ".weight_orig",
  ]);
  return `${random.pick(["", "", "module.", "masks."])}${layer}${part}`;
}

/** Claims another length of its header. */
function lieAboutLength(input: Bytes, random: Random): Bytes | undefined {
  if (input.length < 8) return undefined;
  const out = input.slice();
  new DataView(out.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(oddNumber(random))), true);
  return out;
}

/** As many tensors as make a large header: what takes a time that grows with their square shows. */
export function manyTensors(_input: Bytes, random: Random): Bytes {
  const count = random.pick([1000, 4000]), empty = random.chance(0.3);
  const named = random.pick<(i: number) => string>([
    (i) => `layers.${i}.weight`,
    (i) => `l${"x".repeat(i % 50)}${i}`,
    (i) => `masks.${i}.weight_mask`,
    (i) => `${i % 7}.a.${i}.bias`,
  ]);
  const entries = Array.from({ length: count }, (_, i) => {
    const shape = empty ? [0, 4] : [2, 2], bytes = empty ? 0 : 4;
    return [named(i), treeOf({ dtype: "U8", shape, data_offsets: [bytes * i, bytes * (i + 1)] })] as const;
  });
  return safetensorsFile(write({ kind: "object", entries }), new Uint8Array(empty ? 0 : 4 * count).fill(1));
}

export const SAFETENSORS: readonly Mutation[] = [
  ...[editHeader, editHeader, editHeader, lieAboutLength].map((change) => ({ change, reseals: true })),
];
