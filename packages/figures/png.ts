import { zlibSync } from "fflate";
import { InvalidArgumentError } from "@graphon-limit/runtime";

/** An image whose pixels are indices into a palette. */
export interface IndexedImage {
  readonly width: number;
  readonly height: number;
  /** One palette index per pixel, row-major, the top row first. */
  readonly pixels: Uint8Array;
  /** Red, green, blue of each palette entry, up to 256 entries. */
  readonly palette: Uint8Array;
  /** Opacity of the first palette entries; entries beyond its end are opaque. */
  readonly alpha?: Uint8Array;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/**
 * Encodes an indexed image as PNG, 8 bits per pixel (PNG specification, third edition: sections 5, 7 and 10).
 *
 * @throws {InvalidArgumentError} if the pixels, the palette or the size do not fit each other.
 */
export function encodePng({ width, height, pixels, palette, alpha }: IndexedImage): Uint8Array {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new InvalidArgumentError(`An image of ${width}×${height} pixels: expected positive integers`);
  }
  if (pixels.length !== width * height) {
    throw new InvalidArgumentError(`${pixels.length} pixels for an image of ${width}×${height}`);
  }
  const entries = palette.length / 3;
  if (!Number.isInteger(entries) || entries < 1 || entries > 256 || (alpha?.length ?? 0) > entries) {
    throw new InvalidArgumentError(
      `A palette of ${palette.length} bytes with ${
        alpha?.length ?? 0
      } opacities: expected 3 to 768, and one an entry`,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8);

  // Every scan line starts with its filter; indices have no useful differences, hence filter 0 throughout.
  const lines = new Uint8Array((width + 1) * height);
  for (let row = 0; row < height; row++) {
    lines.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  return concatenate([
    signature,
    chunk("IHDR", header),
    chunk("PLTE", palette),
    ...(alpha === undefined ? [] : [chunk("tRNS", alpha)]),
    chunk("IDAT", zlibSync(lines, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

/** The bytes as a `data:` URL of the given media type. */
export function dataUrl(bytes: Uint8Array, mediaType: string): string {
  return `data:${mediaType};base64,${base64(bytes)}`;
}

/** The bytes as base64. */
export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1;
  }
  return remainder >>> 0;
});

function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = crcTable[(remainder ^ byte) & 0xff] ^ (remainder >>> 8);
  return (remainder ^ 0xffffffff) >>> 0;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
