import { formatBytes } from "@graphon-limit/runtime";
import { formatFault } from "../messages/faults.ts";

/** Input handed to the decompressor at a time: it returns all the output of a piece at once, up to 1032 times as much. */
const PIECE_BYTES = 16 * 1024;

/** Whether `bytes` begin as a gzip stream does (RFC 1952: 1f 8b). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses a gzip stream of one member.
 *
 * @param source what error messages call the bytes: a file's name
 * @param limit the most bytes it may decompress to; one that goes on is given up within 16 MiB of it
 * @throws FormatError if the stream is damaged, cut short, followed by anything, or decompresses to more than `limit`
 */
export async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
  source: string,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = inPieces(bytes).pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      total += next.value.length;
      if (total > limit) break;
      chunks.push(next.value);
    }
  } catch {
    throw formatFault(source, "whole gzip data", "them damaged or cut short");
  }
  if (total > limit) {
    await reader.cancel().catch(() => {});
    throw formatFault(source, `gzip data of at most ${formatBytes(limit)}`, "more");
  }
  const whole = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

function inPieces(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(offset, offset + PIECE_BYTES));
      offset += PIECE_BYTES;
    },
  });
}
