import { formatFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";

/** One file inside a ZIP archive, still as it is stored. */
export interface ZipEntry {
  readonly name: string;
  readonly method: "stored" | "deflated";
  /** The stored bytes, a view of the archive. */
  readonly stored: Uint8Array;
  /** The size the archive claims for the file once decompressed. */
  readonly size: number;
  readonly crc32: number;
}

const END_RECORD = { signature: 0x06054b50, bytes: 22, longestComment: 0xffff };
const DIRECTORY_ENTRY = { signature: 0x02014b50, bytes: 46 };
const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 };
const ENCRYPTED = 1;

/**
 * Lists a ZIP archive by its central directory (PKWARE APPNOTE 4.3): stored and deflated files, no encryption, no
 * ZIP64. Every offset and length is checked against the archive.
 *
 * @param source what error messages call the archive
 * @throws FormatError naming `source`
 */
export function readZipDirectory(archive: Uint8Array, source: string): ZipEntry[] {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(view, source);
  const entries: ZipEntry[] = [];
  let position = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (
      position + DIRECTORY_ENTRY.bytes > end || view.getUint32(position, true) !== DIRECTORY_ENTRY.signature
    ) {
      throw formatFault(source, `an entry of a ZIP directory at byte ${position}`, "a damaged one");
    }
    const nameBytes = view.getUint16(position + 28, true);
    const nameStart = position + DIRECTORY_ENTRY.bytes;
    entries.push(readEntry(archive, view, position, nameBytes, source));
    position = nameStart + nameBytes + view.getUint16(position + 30, true) +
      view.getUint16(position + 32, true);
  }
  return entries;
}

function findEnd(view: DataView, source: string): number {
  const last = view.byteLength - END_RECORD.bytes;
  for (let at = last; at >= Math.max(0, last - END_RECORD.longestComment); at--) {
    if (view.getUint32(at, true) === END_RECORD.signature) return at;
  }
  throw formatFault(source, "a ZIP archive", "no end of its directory");
}

function readEntry(
  archive: Uint8Array,
  view: DataView,
  position: number,
  nameBytes: number,
  source: string,
): ZipEntry {
  const nameStart = position + DIRECTORY_ENTRY.bytes;
  const name = new TextDecoder().decode(archive.subarray(nameStart, nameStart + nameBytes));
  const fault = (expected: string, found: string) =>
    formatFault(source, `${quoted(name)} ${expected}`, found);
  const method = view.getUint16(position + 10, true);
  const storedBytes = view.getUint32(position + 20, true), size = view.getUint32(position + 24, true);
  const local = view.getUint32(position + 42, true);
  if (view.getUint16(position + 8, true) & ENCRYPTED) throw fault("as it is", "it encrypted");
  if (method !== 0 && method !== 8) throw fault("stored or deflated (ZIP methods 0 and 8)", `${method}`);
  if ([storedBytes, size, local].includes(0xffffffff)) {
    throw fault("of less than 4 GiB", "more (ZIP64)");
  }
  if (local + LOCAL_HEADER.bytes > archive.length || view.getUint32(local, true) !== LOCAL_HEADER.signature) {
    throw fault(`at byte ${local}, where the ZIP directory says,`, "something else");
  }
  const start = local + LOCAL_HEADER.bytes + view.getUint16(local + 26, true) +
    view.getUint16(local + 28, true);
  if (start + storedBytes > archive.length) {
    throw fault(
      `of ${storedBytes} bytes`,
      `${Math.max(0, archive.length - start)} to the end of the archive`,
    );
  }
  return {
    name,
    method: method === 0 ? "stored" : "deflated",
    stored: archive.subarray(start, start + storedBytes),
    size,
    crc32: view.getUint32(position + 16, true),
  };
}
