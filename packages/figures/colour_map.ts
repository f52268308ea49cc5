import { base64, dataUrl, encodePng } from "./png.ts";

/** The sequential, perceptually uniform and colour-blind-safe colour scheme of every heat map, by its Vega name. */
export const sequentialScheme = "viridis";

/** The scheme's colours as Vega has them, between which it runs straight in RGB. */
const stops = (
  "440154470e61481a6c482575472f7d443a834144873d4e8a39568c35608d31688e2d708e2a788e27818e23888e21918d" +
  "1f988b1fa08822a8842ab07f35b77943bf7154c56866cc5d7ad1518fd744a5db36bcdf27d2e21be9e51afde725"
).match(/../g)!.map((digits) => parseInt(digits, 16));

/** Palette entry 0 is transparent and stands for a value that is no number; the rest are the scheme's colours. */
const levels = 255;
const { palette, alpha } = buildPalette();

/** The scheme in 255 steps from its first colour to its last, red, green and blue of each: for those who paint themselves. */
export const sequentialColours: Uint8Array = palette.subarray(3);

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
  const palette = new Uint8Array(3 * (levels + 1)), last = stops.length / 3 - 1;
  for (let level = 0; level < levels; level++) {
    const position = level / (levels - 1) * last, stop = Math.min(Math.floor(position), last - 1);
    for (let channel = 0; channel < 3; channel++) {
      const from = stops[3 * stop + channel], to = stops[3 * stop + 3 + channel];
      palette[3 * (level + 1) + channel] = Math.round(from + (to - from) * (position - stop));
    }
  }
  return { palette, alpha: Uint8Array.of(0) };
}
