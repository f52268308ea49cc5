import type { ByteSource } from "../files/byte_source.ts";
import { formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";

/** One file inside a ZIP archive, still as it is stored. */
export interface ZipEntry {
  readonly name: string;
  readonly method: "stored" | "deflated";
  /** Where its stored bytes begin in the archive. */
  readonly start: number;
  readonly storedBytes: number;
  /** The size the archive claims for the file once decompressed. */
  readonly size: number;
  readonly crc32: number;
}

const END_RECORD = { signature: 0x06054b50, bytes: 22, longestComment: 0xffff };
const END_LOCATOR_64 = { signature: 0x07064b50, bytes: 20 };
const END_RECORD_64 = { signature: 0x06064b50, bytes: 56 };
const DIRECTORY_ENTRY = { signature: 0x02014b50, bytes: 46 };
const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 };
const ENCRYPTED = 1;

/** A directory is held in memory, whatever the archive's size. */
const LONGEST_DIRECTORY = 100_000_000;

/** What a field of 32 bits holds where ZIP64's extra field has the number. */
const ELSEWHERE = 0xffffffff;
const EXTRA_64 = 1;

/** No deflate stream expands further: a match of 258 bytes costs at least two bits. */
const MOST_DEFLATE_EXPANSION = 1032;

/** Whether `bytes` begin as a ZIP archive does: with a file, or with the directory of none. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x50 && bytes[1] === 0x4b &&
    (bytes[2] === 3 && bytes[3] === 4 || bytes[2] === 5 && bytes[3] === 6);
}

/**
 * Lists a ZIP archive by its central directory (PKWARE APPNOTE 4.3): stored and deflated files, ZIP64 too, no
 * encryption. Every offset and length is checked against the archive, and no two files may share bytes, so that what is
 * read is no more than the archive holds.
 *
 * @throws FormatError naming the archive
 */
export function readZipDirectory(archive: ByteSource): ZipEntry[] {
  const { offset, bytes: directoryBytes, entries: count } = findDirectory(archive);
  const directory = readView(archive, offset, directoryBytes);
  const found: LocatedEntry[] = [];
  let position = 0;
  for (let left = count; left > 0; left--) {
    const fits = position + DIRECTORY_ENTRY.bytes <= directoryBytes;
    if (!fits || directory.getUint32(position, true) !== DIRECTORY_ENTRY.signature) {
      throw formatFault(
        archive.label,
        `an entry of a ZIP directory at byte ${offset + position}`,
        "a damaged one",
      );
    }
    const { entry, end } = readEntry(archive, directory, position);
    found.push(entry);
    position = end;
  }
  // Entries that are not counted would be lost without a word.
  if (position !== directoryBytes) {
    throw formatFault(
      archive.label,
      `a ZIP directory of ${count} entries to take its ${directoryBytes} bytes`,
      `${position}`,
    );
  }
  assertApart(found, archive, offset);
  return found.map(({ entry }) => entry);
}

interface LocatedEntry {
  readonly local: number;
  readonly entry: ZipEntry;
}

function readView(archive: ByteSource, offset: number, bytes: number): DataView {
  const into = new Uint8Array(bytes);
  archive.readAt(offset, into);
  return new DataView(into.buffer);
}

/** Where the directory is, by the record at the end of the archive. */
function findDirectory(archive: ByteSource): { offset: number; bytes: number; entries: number } {
  const tailBytes = Math.min(archive.size, END_RECORD.bytes + END_RECORD.longestComment);
  const tail = readView(archive, archive.size - tailBytes, tailBytes);
  let at = tailBytes - END_RECORD.bytes;
  while (at >= 0 && tail.getUint32(at, true) !== END_RECORD.signature) at--;
  if (at < 0) throw formatFault(archive.label, "a ZIP archive", "no end of its directory");
  const end = archive.size - tailBytes + at;
  let directory = {
    entries: tail.getUint16(at + 10, true),
    bytes: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const locator = end - END_LOCATOR_64.bytes;
  const view = locator < 0 ? undefined : readView(archive, locator, END_LOCATOR_64.bytes);
  if (view?.getUint32(0, true) === END_LOCATOR_64.signature) {
    directory = readEndRecord64(archive, Number(view.getBigUint64(8, true)), locator);
  }
  if (directory.bytes > LONGEST_DIRECTORY) {
    throw formatFault(
      archive.label,
      `a ZIP directory of at most ${LONGEST_DIRECTORY} bytes`,
      `${directory.bytes}`,
    );
  }
  if (directory.offset + directory.bytes > end) {
    throw formatFault(
      archive.label,
      `a ZIP directory before byte ${end}`,
      `${directory.bytes} bytes at ${directory.offset}`,
    );
  }
  return directory;
}

function readEndRecord64(archive: ByteSource, at: number, before: number): ReturnType<typeof findDirectory> {
  const record = at + END_RECORD_64.bytes > before ? undefined : readView(archive, at, END_RECORD_64.bytes);
  if (record?.getUint32(0, true) !== END_RECORD_64.signature) {
    throw formatFault(archive.label, `the end record of ZIP64 at byte ${at}`, "a damaged one");
  }
  return {
    entries: Number(record.getBigUint64(32, true)),
    bytes: Number(record.getBigUint64(40, true)),
    offset: Number(record.getBigUint64(48, true)),
  };
}

/** One entry of the directory, and where the next one begins. */
function readEntry(
  archive: ByteSource,
  directory: DataView,
  position: number,
): { entry: LocatedEntry; end: number } {
  const nameStart = position + DIRECTORY_ENTRY.bytes;
  const extraStart = nameStart + directory.getUint16(position + 28, true);
  const extraEnd = extraStart + directory.getUint16(position + 30, true);
  const end = extraEnd + directory.getUint16(position + 32, true);
  if (end > directory.byteLength) {
    throw formatFault(
      archive.label,
      "a whole ZIP directory",
      `an entry past its ${directory.byteLength} bytes`,
    );
  }
  const letters = new Uint8Array(directory.buffer, nameStart, extraStart - nameStart);
  const name = new TextDecoder().decode(letters);
  const fault = (expected: string, found: string) =>
    formatFault(archive.label, `${quoted(name)} ${expected}`, found);
  const flags = directory.getUint16(position + 8, true), method = directory.getUint16(position + 10, true);
  if (flags & ENCRYPTED) throw fault("as it is", "it encrypted");
  if (method !== 0 && method !== 8) throw fault("stored or deflated (ZIP methods 0 and 8)", `${method}`);
  const [size, storedBytes, local] = sizesOf(directory, position, extraStart, extraEnd);
  const start = findStart(archive, local, letters);
  if (start === undefined) throw fault(`at byte ${local}, where the ZIP directory says,`, "something else");
  if (start + storedBytes > archive.size) {
    throw fault(`of ${storedBytes} bytes`, `${archive.size - start} to the end of the archive`);
  }
  const possible = method === 0 ? storedBytes : storedBytes * MOST_DEFLATE_EXPANSION;
  if (size > possible || (method === 0 && size < storedBytes)) {
    throw fault(
      `of at most ${possible} bytes, as its ${storedBytes} stored bytes can hold,`,
      `a claim of ${size}`,
    );
  }
  const crc32 = directory.getUint32(position + 16, true);
  return {
    entry: {
      local,
      entry: { name, method: method === 0 ? "stored" : "deflated", start, storedBytes, size, crc32 },
    },
    end,
  };
}

/** Size, stored size and place of a file: in the entry, or in ZIP64's extra field where they are past 32 bits. */
function sizesOf(view: DataView, position: number, extraStart: number, extraEnd: number): number[] {
  const sizes = [24, 20, 42].map((field) => view.getUint32(position + field, true));
  for (let at = extraStart; at + 4 <= extraEnd;) {
    const id = view.getUint16(at, true), next = at + 4 + view.getUint16(at + 2, true);
    if (id === EXTRA_64) {
      let field = at + 4;
      sizes.forEach((size, index) => {
        if (size !== ELSEWHERE || field + 8 > Math.min(next, extraEnd)) return;
        sizes[index] = Number(view.getBigUint64(field, true));
        field += 8;
      });
    }
    at = next;
  }
  return sizes;
}

/** Where a file's bytes begin, behind its local header; undefined where there is none, or that of another name. */
function findStart(archive: ByteSource, local: number, letters: Uint8Array): number | undefined {
  if (local + LOCAL_HEADER.bytes > archive.size) return undefined;
  const header = readView(archive, local, LOCAL_HEADER.bytes);
  if (header.getUint32(0, true) !== LOCAL_HEADER.signature) return undefined;
  const named = local + LOCAL_HEADER.bytes, nameBytes = header.getUint16(26, true);
  const start = named + nameBytes + header.getUint16(28, true);
  if (start > archive.size || nameBytes !== letters.length) return undefined;
  const name = new Uint8Array(nameBytes);
  archive.readAt(named, name);
  // No checksum covers a name, but it is there twice.
  return name.every((letter, i) => letter === letters[i]) ? start : undefined;
}

/** Files that share bytes would let a small archive hold any number of large ones. */
function assertApart(entries: readonly LocatedEntry[], archive: ByteSource, directory: number): void {
  const inOrder = entries.toSorted((a, b) => a.local - b.local);
  inOrder.forEach(({ entry: { name, start, storedBytes } }, index) => {
    const next = inOrder[index + 1]?.local ?? directory;
    if (start + storedBytes > next) {
      throw formatFault(
        archive.label,
        `${quoted(name)} to end before byte ${next}`,
        `it sharing bytes with what follows, to ${start + storedBytes}`,
      );
    }
  });
}
