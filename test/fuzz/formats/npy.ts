import { npyFile } from "../../data/support.ts";
import type { Random } from "../random.ts";
import type { Bytes, Mutation } from "../target.ts";
import { numberText, oddName, oddNumber } from "../values.ts";

const DESCRS = [
  ...["<f4", "<f8", "<f2", "|u1", "|b1", "<i4", ">f4", ">i8", "<u8", "<i8", "|i1", "<u2", "=f4", "f4"],
  ...["<c8", "|O", "<U2", "|S4", "|V8", "<M8[D]", "<f16", "", "<", "x9"],
];

function headerOf(input: Bytes): { text: string; end: number } | undefined {
  if (input.length < 12 || input[0] !== 0x93) return undefined;
  const view = new DataView(input.buffer, input.byteOffset), start = input[6] === 1 ? 10 : 12;
  const end = start + (input[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  return end > input.length ? undefined : { text: new TextDecoder().decode(input.subarray(start, end)), end };
}

/** Edits the dictionary, whose length is then right. */
function editHeader(input: Bytes, random: Random): Bytes | undefined {
  const header = headerOf(input);
  if (header === undefined) return undefined;
  const { text } = header;
  const numbers = [...text.matchAll(/\d+/g)];
  const edited = random.pick<() => string>([
    () => {
      const { 0: digits, index } = random.pick(numbers) ?? { 0: "", index: 0 };
      return text.slice(0, index) + numberText(random) + text.slice(index + digits.length);
    },
    () => text.replace(/'descr': *'[^']*'/, `'descr': '${random.pick(DESCRS)}'`),
    () => text.replace(/True|False/, random.pick(["True", "False", "None", "1"])),
    () => text.replace(/\([^)]*\)/, oddTuple(random)),
    () => text.replace(/'shape'/, `'descr': '<f4', 'shape'`),
    () => text.replace("}", `'${oddName(random).slice(0, 100)}': 1}`),
    () => text.padEnd(random.pick([100, 9999, 10_001, 60_000])),
    () => text.replace(/\)/, `${", 1".repeat(random.pick([3, 61, 3000]))})`),
  ])();
  return npyFile(edited.trimEnd().slice(0, 65_000), input.subarray(header.end));
}

function oddTuple(random: Random): string {
  const sizes = Array.from({ length: random.pick([0, 1, 2, 2, 3, 64, 65]) }, () => String(oddNumber(random)));
  return `(${sizes.join(", ")}${sizes.length === 1 ? "," : ""})`;
}

const ITEMS: Readonly<Record<string, number>> = { f4: 4, f8: 8, f2: 2, u1: 1, b1: 1, i8: 8, i4: 4, u8: 8 };

/** A file that is well made of an odd shape and type. */
export function oddArray(_input: Bytes, random: Random): Bytes {
  const descr = random.pick(["<f4", "<f8", ">f8", "<f2", "|u1", "|b1", ">i8", "<i4", "<u8"]);
  const axes = random.pick([0, 1, 2, 2, 2, 3, 5, 64]);
  const shape = Array.from(
    { length: axes },
    () => random.pick([0, 1, 1, 2, 3, 5, ...(axes < 3 ? [28, 100] : [])]),
  );
  while (shape.reduce((product, size) => product * size, 1) > 10_000) shape.pop();
  const bytes = shape.reduce((product, size) => product * size, 1) * ITEMS[descr.slice(1)];
  const data = random.chance(0.5)
    ? Uint8Array.from({ length: bytes }, () => random.below(2))
    : random.bytes(bytes);
  const tuple = `(${shape.join(", ")}${axes === 1 ? "," : ""})`;
  return npyFile(
    `{'descr': '${descr}', 'fortran_order': ${random.pick(["True", "False"])}, 'shape': ${tuple}, }`,
    data,
  );
}

export const NPY: readonly Mutation[] = [editHeader, editHeader, oddArray]
  .map((change) => ({ change, reseals: true }));

/** A change of any array. */
export function changedArray(input: Bytes, random: Random): Bytes | undefined {
  return random.pick([editHeader, oddArray])(input, random);
}
