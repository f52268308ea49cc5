import type { Random } from "./random.ts";
import type { Bytes, Mutation } from "./target.ts";
import { numberText, oddNumber } from "./values.ts";

/** Longer inputs are cut, or not made: what is out of proportion shows in short ones. */
export const LONGEST = 1 << 20;

/** One run of bytes in place of another. */
export function replaced(input: Bytes, from: number, to: number, by: ArrayLike<number>): Bytes {
  const out = new Uint8Array(input.length - (to - from) + by.length);
  out.set(input.subarray(0, from));
  out.set(by, from);
  out.set(input.subarray(to), from + by.length);
  return out.length > LONGEST ? out.slice(0, LONGEST) : out;
}

/** Some bytes of the input, more often few. */
function range(input: Bytes, random: Random): [from: number, to: number] {
  const from = random.below(input.length + 1);
  const most = random.pick([1, 4, 16, 64, input.length]);
  return [from, Math.min(input.length, from + random.between(0, most))];
}

function flip(input: Bytes, random: Random): Bytes {
  const at = random.below(input.length);
  return input.with(at, input[at] ^ (1 << random.below(8)));
}

function setByte(input: Bytes, random: Random): Bytes {
  return input.with(random.below(input.length), random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]));
}

/** Writes a whole number of 2, 4 or 8 bytes, of either order. */
function setInteger(input: Bytes, random: Random): Bytes | undefined {
  const width = random.pick([2, 4, 8]), little = random.chance(0.7);
  if (input.length < width) return undefined;
  const out = input.slice(), view = new DataView(out.buffer), at = random.below(out.length - width + 1);
  const before = width === 2
    ? view.getUint16(at, little)
    : width === 4
    ? view.getUint32(at, little)
    : Number(view.getBigUint64(at, little));
  const value = random.chance(0.4) ? before + random.between(-2, 2) : oddNumber(random);
  if (width === 2) view.setUint16(at, value, little);
  else if (width === 4) view.setUint32(at, value, little);
  else view.setBigUint64(at, BigInt.asUintN(64, BigInt(Math.floor(value))), little);
  return out;
}

/** Writes another number where there is one in decimal digits. */
function setDigits(input: Bytes, random: Random): Bytes | undefined {
  const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
  let from = random.below(input.length);
  while (from < input.length && !isDigit(input[from])) from++;
  if (from >= input.length) return undefined;
  let to = from;
  while (to < input.length && isDigit(input[to])) to++;
  return replaced(input, from, to, new TextEncoder().encode(numberText(random)));
}

function truncate(input: Bytes, random: Random): Bytes {
  return input.slice(0, random.below(input.length + 1));
}

function remove(input: Bytes, random: Random): Bytes {
  return replaced(input, ...range(input, random), []);
}

function insert(input: Bytes, random: Random): Bytes {
  const at = random.below(input.length + 1);
  return replaced(input, at, at, random.bytes(random.between(1, 16)));
}

function repeat(input: Bytes, random: Random): Bytes {
  const [from, to] = range(input, random), piece = input.subarray(from, to);
  const times = random.pick([1, 2, 3, 50, 1000]),
    out = new Uint8Array(Math.min(LONGEST, piece.length * times));
  for (let at = 0; at + piece.length <= out.length && piece.length > 0; at += piece.length) {
    out.set(piece, at);
  }
  return replaced(input, to, to, out);
}

function move(input: Bytes, random: Random): Bytes {
  const [from, to] = range(input, random), piece = input.slice(from, to);
  const at = random.below(input.length + 1);
  return replaced(input, at, Math.min(input.length, at + piece.length), piece);
}

const LOCAL = [
  flip,
  flip,
  flip,
  setByte,
  setByte,
  setInteger,
  setInteger,
  setDigits,
  truncate,
  remove,
  insert,
];
const COPYING = [repeat, move];

/** Changes that know nothing of what they change. */
export const BLIND: readonly Mutation[] = [
  ...LOCAL.map((change) => ({ change: guarded(change), reseals: false })),
  ...COPYING.map((change) => ({ change: guarded(change), reseals: true })),
];

function guarded(change: Mutation["change"]): Mutation["change"] {
  return (input, random) => input.length === 0 ? undefined : change(input, random);
}

/** The beginning of one input and the end of another. */
export function spliced(input: Bytes, other: Bytes, random: Random): Bytes {
  return replaced(
    input,
    random.below(input.length + 1),
    input.length,
    other.subarray(random.below(other.length + 1)),
  );
}
