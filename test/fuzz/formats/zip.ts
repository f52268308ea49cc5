import { deflateSync, unzipSync } from "fflate";
import { crc32 } from "node:zlib";
import type { Random } from "../random.ts";
import type { Bytes, Mutation } from "../target.ts";
import { oddName, oddNumber } from "../values.ts";

/** A file of an archive, and where its headers are to lie. */
interface Entry {
  readonly name: string;
  readonly content: Uint8Array;
  readonly deflated: boolean;
  /** Fields of the central directory in place of true ones. */
  readonly lies?: Readonly<Partial<Record<CentralField, number>>>;
  /** Whether it has no place of its own but that of the entry before. */
  readonly shared?: boolean;
}

const CENTRAL = {
  flags: [8, 2],
  method: [10, 2],
  crc: [16, 4],
  stored: [20, 4],
  size: [24, 4],
  nameLength: [28, 2],
  extraLength: [30, 2],
  commentLength: [32, 2],
  local: [42, 4],
} as const;
type CentralField = keyof typeof CENTRAL;

function put(view: DataView, at: number, width: number, value: number): void {
  if (width === 2) view.setUint16(at, value, true);
  else view.setUint32(at, value, true);
}

interface Ends {
  readonly count?: number;
  readonly bytes?: number;
  readonly offset?: number;
  readonly comment?: Uint8Array;
}

/** An archive of the entries, with whatever it is to lie about. */
export function zipOf(entries: readonly Entry[], ends: Ends = {}): Bytes {
  const parts: Uint8Array[] = [], directory: Uint8Array[] = [];
  let offset = 0, before = 0;
  for (const { name, content, deflated, lies = {}, shared = false } of entries) {
    const letters = new TextEncoder().encode(name),
      stored = deflated ? deflateSync(content) : content;
    const place = shared ? before : offset;
    const central = new Uint8Array(46 + letters.length), view = new DataView(central.buffer);
    put(view, 0, 4, 0x02014b50);
    const fields: Record<CentralField, number> = {
      ...{
        flags: 0,
        method: deflated ? 8 : 0,
        crc: crc32(content),
        stored: stored.length,
        size: content.length,
      },
      ...{ nameLength: letters.length, extraLength: 0, commentLength: 0, local: place, ...lies },
    };
    for (const [field, [at, width]] of Object.entries(CENTRAL)) {
      put(view, at, width, fields[field as CentralField]);
    }
    central.set(letters, 46);
    directory.push(central);
    before = place;
    if (shared) continue;
    const local = new Uint8Array(30 + letters.length), header = new DataView(local.buffer);
    put(header, 0, 4, 0x04034b50);
    put(header, 26, 2, letters.length);
    local.set(letters, 30);
    parts.push(local, stored);
    offset += local.length + stored.length;
  }
  const bytes = directory.reduce((sum, { length }) => sum + length, 0), { comment = new Uint8Array() } = ends;
  const end = new Uint8Array(22), view = new DataView(end.buffer);
  put(view, 0, 4, 0x06054b50);
  for (const at of [8, 10]) put(view, at, 2, ends.count ?? entries.length);
  put(view, 12, 4, ends.bytes ?? bytes);
  put(view, 16, 4, ends.offset ?? offset);
  put(view, 20, 2, comment.length);
  return joined([...parts, ...directory, end, comment]);
}

export function joined(parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Entries that say they are longer are left out: the library would make room for as much. */
const LONGEST = 1 << 22;

/** Whether the directory says of a file that its size or place is one of 64 bits: the library looks for some of those without end. */
function isZip64(input: Bytes): boolean {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  for (let at = 0; at + 46 <= input.length; at++) {
    if (view.getUint32(at, true) !== 0x02014b50) continue;
    if ([20, 24, 42].some((field) => view.getUint32(at + field, true) === 0xffffffff)) return true;
  }
  return false;
}

function entriesOf(input: Bytes, random: Random): Entry[] | undefined {
  if (isZip64(input)) return undefined;
  try {
    const deflated = random.chance(0.5);
    const found = unzipSync(input, {
      filter: ({ size, originalSize }) => size <= input.length && originalSize <= LONGEST,
    });
    return Object.entries(found).map(([name, content]) => ({ name, content, deflated }));
  } catch {
    return undefined;
  }
}

/** Changes an archive that can be read: its files, by `inside`, or what is said of them. */
export function archiveMutations(
  inside: (file: Bytes, random: Random) => Bytes | undefined,
): readonly Mutation[] {
  const change =
    (edit: (entries: Entry[], random: Random) => Bytes): Mutation["change"] => (input, random) => {
      const entries = entriesOf(input, random);
      return entries === undefined || entries.length === 0 ? undefined : edit(entries, random);
    };
  const edits = [
    change((entries, random) => {
      const at = random.below(entries.length), { content } = entries[at];
      const edited = inside(content.slice(), random) ?? random.bytes(random.below(100));
      return zipOf(entries.with(at, { ...entries[at], content: edited }));
    }),
    change((entries, random) => {
      const at = random.below(entries.length), field = random.pick(Object.keys(CENTRAL) as CentralField[]);
      const value = random.chance(0.3) ? 0xffffffff : oddNumber(random);
      return zipOf(entries.with(at, { ...entries[at], lies: { [field]: value } }));
    }),
    change((entries, random) => {
      const at = random.below(entries.length),
        name = `${oddName(random)}${random.pick(["", ".npy", ".npy"])}`;
      return zipOf(entries.with(at, { ...entries[at], name }));
    }),
    change((entries, random) => {
      const one = random.pick(entries), shared = random.chance(0.5);
      const most = Math.max(1, Math.floor(LONGEST / (1 + one.content.length)));
      const copies = Array.from({ length: Math.min(most, random.pick([1, 2, 300])) }, (_, i) => ({
        ...one,
        shared,
        name: random.chance(0.5) ? one.name : `${i}${one.name}`,
      }));
      return zipOf([...entries, one, ...copies]);
    }),
    change((entries, random) => zipOf(entries.toSpliced(random.below(entries.length), 1))),
    change((entries, random) => {
      const field = random.pick(["count", "bytes", "offset"] as const);
      return zipOf(entries, { [field]: oddNumber(random) });
    }),
    change((entries, random) => {
      // A comment that looks like an end of its own.
      const end = zipOf([], { offset: random.below(100), count: random.below(3), bytes: random.below(200) });
      return zipOf(entries, { comment: joined([random.bytes(random.below(8)), end]) });
    }),
  ];
  return edits.map((edit) => ({ change: edit, reseals: true }));
}
