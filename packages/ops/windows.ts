import type { Shape } from "@graphon-limit/runtime";

/**
 * Params of the ops that look at images through windows: extents of an image, of how many windows there are, and of one window;
 * how far apart they are; how far outside the image the first begins, where it is zero.
 */
export const WINDOW_PARAMS = {
  height: "u32",
  width: "u32",
  outHeight: "u32",
  outWidth: "u32",
  kernelHeight: "u32",
  kernelWidth: "u32",
  strideDown: "u32",
  strideAcross: "u32",
  paddingTop: "u32",
  paddingLeft: "u32",
} as const;

/** The numbers that say where windows are. */
export type WindowSettings = { readonly [K in keyof typeof WINDOW_PARAMS]: number };

/** Whether windows are apart, and there are as many samples of images as of what is seen in their windows. */
export function areWindowsOf(images: Shape, seen: Shape, settings: WindowSettings): boolean {
  const { height, width, outHeight, outWidth, strideDown, strideAcross } = settings;
  const samples = samplesOf(images.cols, height * width);
  return strideDown > 0 && strideAcross > 0 && samples === samplesOf(seen.cols, outHeight * outWidth);
}

/** What {@linkcode areWindowsOf} asks, in the words of an error. */
export function windowsSay(images: string, seen: string): string {
  return `windows at least one apart, and as many samples of height · width columns in ${images} as of outHeight · outWidth in ${seen}`;
}

/** Samples of so many columns each; not a number where they do not come out even. */
function samplesOf(columns: number, each: number): number {
  return each > 0 && columns % each === 0 ? columns / each : NaN;
}

/**
 * Calls `visit` for each place of each sample and each tap of the window there that lies inside the image: with its column among
 * the windows', the tap's number, and the pixel's column.
 */
export function visitWindows(
  samples: number,
  settings: WindowSettings,
  visit: (place: number, tap: number, pixel: number) => void,
): void {
  const { height, width, outHeight, outWidth, kernelHeight, kernelWidth } = settings;
  const { strideDown, strideAcross, paddingTop, paddingLeft } = settings;
  for (let s = 0; s < samples; s++) {
    for (let i = 0; i < outHeight; i++) {
      for (let j = 0; j < outWidth; j++) {
        const place = (s * outHeight + i) * outWidth + j;
        for (let a = 0; a < kernelHeight; a++) {
          const row = i * strideDown + a - paddingTop;
          if (row < 0 || row >= height) continue;
          for (let b = 0; b < kernelWidth; b++) {
            const column = j * strideAcross + b - paddingLeft;
            if (column < 0 || column >= width) continue;
            visit(place, a * kernelWidth + b, (s * height + row) * width + column);
          }
        }
      }
    }
  }
}
