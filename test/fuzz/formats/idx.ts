import { idxFile } from "../../data/support.ts";
import type { Random } from "../random.ts";
import type { Bytes, Mutation } from "../target.ts";
import { oddNumber } from "../values.ts";

/** Writes the type, the number of axes or a size. */
function editHeader(input: Bytes, random: Random): Bytes | undefined {
  if (input.length < 8) return undefined;
  const out = input.slice(), place = random.below(4);
  if (place === 0) out[2] = random.pick([8, 9, 0xb, 0xc, 0xd, 0xe, 0, 255]);
  else if (place === 1) out[3] = random.pick([0, 1, 2, 3, 4, 64, 65, 255]);
  else new DataView(out.buffer).setUint32(4, oddNumber(random));
  return out;
}

/** A file that is well made of an odd shape. */
function oddArray(_input: Bytes, random: Random): Bytes {
  const shape = Array.from({ length: random.between(1, 4) }, () => random.pick([0, 1, 2, 3, 28]));
  const type = random.pick([8, 8, 8, 9, 0xb, 0xc, 0xd, 0xe]),
    bytes = { 0xb: 2, 0xc: 4, 0xd: 4, 0xe: 8 }[type] ?? 1;
  const count = shape.reduce((product, size) => product * size, 1);
  return idxFile(shape, random.bytes(Math.min(50_000, count * bytes))).with(2, type);
}

export const IDX: readonly Mutation[] = [editHeader, oddArray].map((change) => ({ change, reseals: true }));

export function changedIdx(input: Bytes, random: Random): Bytes | undefined {
  return random.pick([editHeader, oddArray])(input, random);
}
