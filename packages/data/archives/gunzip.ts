import { formatBytes } from "@graphon-limit/runtime";
import { allocate } from "../files/allocate.ts";
import { formatFault } from "../messages/faults.ts";
import { printable } from "../messages/printable.ts";
import { crc32 } from "./crc32.ts";
import { Inflater, workingMemory } from "./inflate.ts";

const DEFLATE = 8;
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;

/** Flags of a member's header, RFC 1952 2.3.1. */
const HAS = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/** Whether `bytes` begin as a gzip stream does (RFC 1952: 1f 8b). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses gzip data: one member or several, one after another, and zeros behind the last, as files cut from tapes
 * or filled up to a block have them. All of that is valid (RFC 1952 2.2, and what gzip itself takes).
 *
 * @param source what error messages call the bytes: a file's name
 * @param limit the most bytes they may decompress to together; one that goes on is given up soon after
 * @throws FormatError where they are damaged, cut short, followed by anything else, or decompress to more than `limit`
 */
export function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
  source: string,
  limit: number,
): Uint8Array<ArrayBuffer> {
  const damaged = () => formatFault(source, "whole gzip data", "them damaged or cut short");
  const memory = workingMemory();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  if (bytes.length === 0) throw damaged();
  for (let position = 0; position < bytes.length;) {
    const member = bytes.subarray(position);
    if (position > 0 && !isGzip(member)) {
      if (member.every((byte) => byte === 0)) break;
      throw formatFault(source, `nothing but zeros behind gzip data of ${position} bytes`, "other bytes");
    }
    let input: Uint8Array | undefined = member.subarray(headerBytes(member, damaged));
    const inflater = new Inflater(
      () => {
        const all = input;
        input = undefined;
        return all;
      },
      damaged,
      memory,
    );
    let size = 0, checksum = 0;
    for (let piece = inflater.next(); piece !== undefined; piece = inflater.next()) {
      size += piece.length;
      checksum = crc32(piece, checksum);
      total += piece.length;
      if (total > limit) throw formatFault(source, `gzip data of at most ${formatBytes(limit)}`, "more");
      chunks.push(piece.slice());
    }
    const { rest } = inflater;
    if (rest.length < TRAILER_BYTES) throw damaged();
    const trailer = new DataView(rest.buffer, rest.byteOffset);
    if (trailer.getUint32(0, true) !== checksum || trailer.getUint32(4, true) !== size % 2 ** 32) {
      throw damaged();
    }
    position = bytes.length - rest.length + TRAILER_BYTES;
  }
  return joined(chunks, total, source);
}

/** The length of a member's header, whose checksum is right where it has one. */
function headerBytes(member: Uint8Array, damaged: () => Error): number {
  if (member.length < HEADER_BYTES || !isGzip(member) || member[2] !== DEFLATE) throw damaged();
  const flags = member[3];
  if (flags & HAS.reserved) throw damaged();
  let end = HEADER_BYTES;
  if (flags & HAS.extra) {
    if (member.length < end + 2) throw damaged();
    end += 2 + member[end] + 256 * member[end + 1];
  }
  for (const text of [HAS.name, HAS.comment]) {
    if ((flags & text) === 0) continue;
    const zero = member.indexOf(0, end);
    if (zero < 0) throw damaged();
    end = zero + 1;
  }
  if (flags & HAS.headerChecksum) {
    if (member.length < end + 2) throw damaged();
    const checksum = member[end] + 256 * member[end + 1];
    if (checksum !== (crc32(member.subarray(0, end)) & 0xffff)) throw damaged();
    end += 2;
  }
  if (end > member.length) throw damaged();
  return end;
}

function joined(chunks: readonly Uint8Array[], total: number, source: string): Uint8Array<ArrayBuffer> {
  const whole = allocate(Uint8Array, total, printable(source));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
