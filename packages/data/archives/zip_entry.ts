import type { ByteSource } from "../files/byte_source.ts";
import { formatFault } from "../messages/faults.ts";
import { crc32 } from "./crc32.ts";
import { Inflater } from "./inflate.ts";
import type { ZipEntry } from "./zip_directory.ts";

/** What is passed over in front of the first bytes read, at most, and still counted in the checksum. */
const LONGEST_HEADER = 16 * 1024;

/** Compressed bytes brought from the archive at a time. */
const PIECE_BYTES = 64 * 1024;

/**
 * A file of a ZIP archive to be read at any offset, without holding it in memory. Deflated files can be read forwards
 * only: going back begins at their start again, so they are best read row by row. The checksum is compared once all
 * bytes have gone by in order.
 *
 * @param label what error messages call the file
 * @param memory to decompress with, where little is to be read of many files; its own, unless given
 */
export function openZipEntry(
  archive: ByteSource,
  entry: ZipEntry,
  label: string,
  memory?: Uint8Array<ArrayBuffer>,
): ByteSource {
  const checksum = new RunningChecksum(entry, label);
  const read = entry.method === "stored"
    ? (offset: number, into: Uint8Array) => archive.readAt(entry.start + offset, into)
    : forwards(archive, entry, label, memory);
  return {
    label,
    size: entry.size,
    readAt(offset, into) {
      // Elements begin behind a header, which was read by others: for the checksum it is read again.
      const before = checksum.done === 0 && offset <= LONGEST_HEADER
        ? new Uint8Array(offset)
        : new Uint8Array();
      for (const [at, part] of [[0, before], [offset, into]] as const) {
        if (part.length === 0) continue;
        read(at, part);
        checksum.note(at, part);
      }
    },
    [Symbol.dispose]: () => {},
  };
}

/**
 * The checksum of the bytes from the first one on, as far as they have been read without a gap. Once it was found wrong no bytes are
 * good any more: who tries the file in another way is told again.
 */
class RunningChecksum {
  readonly #entry: ZipEntry;
  readonly #label: string;
  #value = 0;
  #wrong = false;
  /** Bytes from the first one on that have gone by. */
  done = 0;

  constructor(entry: ZipEntry, label: string) {
    this.#entry = entry;
    this.#label = label;
  }

  note(offset: number, bytes: Uint8Array): void {
    if (offset <= this.done && offset + bytes.length > this.done) {
      this.#value = crc32(bytes.subarray(this.done - offset), this.#value);
      this.done = offset + bytes.length;
      this.#wrong = this.done === this.#entry.size && this.#value !== this.#entry.crc32;
    }
    if (this.#wrong) throw formatFault(this.#label, "bytes that match their checksum", "others");
  }
}

/** Reads a deflated file at offsets that grow, and from its start again where one does not. */
function forwards(
  archive: ByteSource,
  entry: ZipEntry,
  label: string,
  memory: Uint8Array<ArrayBuffer> | undefined,
): ByteSource["readAt"] {
  const damaged = () => formatFault(label, `${entry.size} bytes of whole deflated data`, "them damaged");
  let inflater: Inflater | undefined;
  let piece: Uint8Array = new Uint8Array();
  let pieceStart = 0;
  const restart = () => {
    let done = 0;
    inflater = new Inflater(
      () => {
        const next = new Uint8Array(Math.min(PIECE_BYTES, entry.storedBytes - done));
        if (next.length === 0) return undefined;
        archive.readAt(entry.start + done, next);
        done += next.length;
        return next;
      },
      damaged,
      memory,
    );
    piece = new Uint8Array();
    pieceStart = 0;
  };
  return (offset, into) => {
    if (inflater === undefined || offset < pieceStart) restart();
    for (let done = 0; done < into.length;) {
      const at = offset + done - pieceStart;
      if (at < piece.length) {
        const part = piece.subarray(at, at + into.length - done);
        into.set(part, done);
        done += part.length;
        continue;
      }
      pieceStart += piece.length;
      const next = inflater?.next();
      if (next === undefined || pieceStart + next.length > entry.size) throw damaged();
      piece = next;
    }
    // Working memory is given back at the end: archives may hold thousands of files.
    if (offset + into.length === entry.size) inflater = undefined;
  };
}
