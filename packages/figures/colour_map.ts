import { scheme } from "vega";
import { base64, dataUrl, encodePng } from "./png.ts";

/** The sequential, perceptually uniform and colour-blind-safe colour scheme of every heat map, by its Vega name. */
export const sequentialScheme = "viridis";

/** Palette entry 0 is transparent and stands for a value that is no number; the rest are the scheme's colours. */
const levels = 255;
const { palette, alpha } = buildPalette();

/** A matrix as a figure's data: what is drawn, and what is told of it under the pointer. */
export interface MatrixImage {
  /** A PNG, one pixel an entry, as a `data:` URL of a few kilobytes. */
  readonly image: string;
  /** The same pixels as base64: 0 for no number, from 1 at `low` to 255 at `high`. */
  readonly levels: string;
  readonly size: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Draws a matrix.
 *
 * @param values `size`×`size`, row-major; row 0 becomes the top row of pixels. NaN is left transparent.
 * @param domain the values of the scheme's first and last colour; values outside take the nearest of them.
 */
export function matrixImage(
  values: ArrayLike<number>,
  size: number,
  domain: readonly [number, number],
): MatrixImage {
  const [low, high] = domain;
  const pixels = Uint8Array.from({ length: size * size }, (_, index) => {
    const position = (values[index] - low) / (high - low);
    return Number.isNaN(position) ? 0 : 1 + Math.round(Math.min(1, Math.max(0, position)) * (levels - 1));
  });
  const image = dataUrl(encodePng({ width: size, height: size, pixels, palette, alpha }), "image/png");
  return { image, levels: base64(pixels), size, low, high };
}

function buildPalette(): { palette: Uint8Array; alpha: Uint8Array } {
  const colourAt: unknown = scheme(sequentialScheme);
  if (typeof colourAt !== "function") {
    throw new TypeError(`Vega's scheme ${sequentialScheme} is not an interpolator`);
  }
  const palette = new Uint8Array(3 * (levels + 1));
  for (let level = 0; level < levels; level++) {
    palette.set(parseColour(String(colourAt(level / (levels - 1)))), 3 * (level + 1));
  }
  return { palette, alpha: Uint8Array.of(0) };
}

function parseColour(colour: string): number[] {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (hex) return hex.slice(1).map((digits) => parseInt(digits, 16));
  const channels = colour.match(/[\d.]+/g) ?? [];
  return channels.slice(0, 3).map((channel) => Math.round(Number(channel)));
}
