import assert from "node:assert/strict";
import { unzlibSync } from "fflate";
import "../../packages/study/method_styles.ts";
import { convergencePlot } from "../../packages/figures/convergence_plot.ts";

export interface DecodedPng {
  width: number;
  height: number;
  pixels: Uint8Array;
  palette: Uint8Array;
  alpha: Uint8Array;
}

/** Reads an 8-bit indexed PNG without filters, checking every chunk's CRC bit by bit. */
export function decodePng(bytes: Uint8Array): DecodedPng {
  assert.deepEqual([...bytes.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = new Map<string, Uint8Array>();
  for (let offset = 8; offset < bytes.length;) {
    const length = view.getUint32(offset);
    const typed = bytes.subarray(offset + 4, offset + 8 + length);
    let crc = 0xffffffff;
    for (const byte of typed) {
      for (let bit = 0; bit < 8; bit++) {
        const feedback = (crc ^ (byte >>> bit)) & 1;
        crc = (crc >>> 1) ^ (feedback ? 0xedb88320 : 0);
      }
    }
    assert.equal(view.getUint32(offset + 8 + length), ~crc >>> 0);
    chunks.set(new TextDecoder().decode(typed.subarray(0, 4)), typed.subarray(4));
    offset += length + 12;
  }
  assert.equal([...chunks.keys()].at(-1), "IEND");
  const part = (name: string) => chunks.get(name) ?? new Uint8Array();
  const header = part("IHDR");
  const headerView = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [width, height] = [headerView.getUint32(0), headerView.getUint32(4)];
  assert.deepEqual([...header.subarray(8)], [8, 3, 0, 0, 0]);
  const lines = unzlibSync(part("IDAT"));
  assert.equal(lines.length, (width + 1) * height);
  const pixels = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    assert.equal(lines[row * (width + 1)], 0);
    pixels.set(lines.subarray(row * (width + 1) + 1, (row + 1) * (width + 1)), row * width);
  }
  return { width, height, pixels, palette: part("PLTE"), alpha: part("tRNS") };
}

export function decodeDataUrl(url: string): DecodedPng {
  const encoded = /^data:image\/png;base64,(.*)$/.exec(url)?.[1] ?? "";
  return decodePng(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)));
}

/** Fails unless every tag is closed in turn, attributes are quoted and unique, and `&` starts an entity. */
export function assertWellFormed(xml: string): void {
  const open: string[] = [];
  let roots = 0;
  const tag = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  while (tag.lastIndex < xml.length) {
    const at = tag.lastIndex;
    const match = tag.exec(xml);
    assert.ok(match, `not well-formed at: ${xml.slice(at, at + 80)}`);
    const [whole, closing, name, attributes = "", empty, text] = match;
    assert.doesNotMatch(whole, /&(?!(?:#\d+|#x[\da-f]+|amp|lt|gt|quot|apos);)/i);
    if (text !== undefined) continue;
    const names = [...attributes.matchAll(/([\w:.-]+)="/g)].map((found) => found[1]);
    assert.equal(new Set(names).size, names.length, `attributes repeat in ${whole.slice(0, 200)}`);
    if (closing) assert.equal(open.pop(), name);
    else if (open.length === 0) roots++;
    if (!closing && !empty) open.push(name);
  }
  assert.deepEqual(open, []);
  assert.equal(roots, 1);
}

export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]);
}

export const ramp = (size: number) =>
  Float32Array.from({ length: size * size }, (_, index) => index / (size * size - 1));

export const convergence = convergencePlot({
  series: ["random", "snip"].map((name, index) => ({
    name,
    points: [100, 500, 1000, 2000].map((x) => ({
      x,
      y: (index + 1) * 200 / x,
      floor: 90 / x,
      low: 150 / x,
      high: 500 / x,
    })),
  })),
});
