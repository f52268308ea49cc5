import type { Random } from "../random.ts";
import type { Bytes, Mutation } from "../target.ts";
import { numberText, oddName } from "../values.ts";

const BLOCK = 512;

/** Where a header's fields are. */
const FIELDS = [[0, 100], [124, 12], [124, 12], [148, 8], [156, 1], [257, 6], [345, 155]] as const;

/** Writes a field of one of the headers and, mostly, the checksum that goes with it. */
function editHeader(input: Bytes, random: Random): Bytes | undefined {
  if (input.length < BLOCK) return undefined;
  const out = input.slice(), start = BLOCK * random.below(Math.floor(out.length / BLOCK));
  const header = out.subarray(start, start + BLOCK), [at, length] = random.pick(FIELDS);
  const text = random.chance(0.5)
    ? oddName(random)
    : random.chance(0.5)
    ? numberText(random)
    : random.below(2 ** 30).toString(8).padStart(11, "0");
  header.fill(0, at, at + length);
  header.set(new TextEncoder().encode(text).subarray(0, length), at);
  if (at !== 148 && random.chance(0.9)) seal(header);
  return out;
}

function seal(header: Uint8Array): void {
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
}

/** Leaves out, moves or repeats whole blocks. */
function editBlocks(input: Bytes, random: Random): Bytes | undefined {
  const blocks = Array.from({ length: Math.floor(input.length / BLOCK) }, (_, i) => i);
  if (blocks.length === 0) return undefined;
  const at = random.below(blocks.length), to = random.below(blocks.length);
  const order = random.pick([
    blocks.toSpliced(at, 1),
    blocks.toSpliced(to, 0, at),
    [...blocks, ...blocks],
    blocks.slice(0, at),
  ]);
  const out = new Uint8Array(order.length * BLOCK);
  order.forEach((block, place) => out.set(input.subarray(block * BLOCK, (block + 1) * BLOCK), place * BLOCK));
  return out;
}

export const TAR: readonly Mutation[] = [editHeader, editHeader, editBlocks]
  .map((change) => ({ change, reseals: true }));

export function changedTar(input: Bytes, random: Random): Bytes | undefined {
  return random.pick([editHeader, editBlocks])(input, random);
}
