import { formatFault } from "../messages/faults.ts";

const BLOCK = 512;

/**
 * The regular files of a POSIX tar archive, by their names in it, as views of `archive`. Enough of the format for
 * data sets: plain headers, checked by their checksums; links, folders and extension records are passed over.
 *
 * @param source what error messages call the archive
 * @throws FormatError naming `source` where a header is damaged or a file cut short
 */
export function parseTar(
  archive: Uint8Array<ArrayBuffer>,
  source: string,
): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let position = 0; position + BLOCK <= archive.length;) {
    const header = archive.subarray(position, position + BLOCK);
    if (header.every((byte) => byte === 0)) return files;
    const size = octal(header, 124, 12);
    if (size === undefined || octal(header, 148, 8) !== checksum(header)) {
      throw formatFault(source, `a tar header at byte ${position}`, "a damaged one");
    }
    const start = position + BLOCK;
    if (start + size > archive.length) {
      throw formatFault(source, `a tar archive of at least ${start + size} bytes`, `${archive.length}`);
    }
    const type = header[156];
    if (type === 0 || type === "0".charCodeAt(0)) {
      files.set(text(header, 0, 100), archive.subarray(start, start + size));
    }
    position = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw formatFault(source, "a tar archive with two blocks of zeros at its end", "none");
}

function text(header: Uint8Array, start: number, length: number): string {
  return new TextDecoder().decode(header.subarray(start, start + length)).split("\0")[0];
}

function octal(header: Uint8Array, start: number, length: number): number | undefined {
  const digits = text(header, start, length).trim();
  return /^[0-7]{1,11}$/.test(digits) ? parseInt(digits, 8) : undefined;
}

/** The sum of a header's bytes, its own checksum field counted as spaces. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}
