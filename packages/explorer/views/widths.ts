import { DIGITS } from "../worker/networks.ts";

/** Hidden widths that sliders stop at. */
const WIDTHS = [
  ...[64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192],
];

/** The widest that an address may ask for. */
export const WIDEST = 8192;

/** Copies of all weights that pruning holds at a time: weights, scores, their gradients, masks and histograms. */
const COPIES = 4;

/** The widths of which a network fits a device's memory, the narrowest in any case. */
export function widthsWithin(memoryBytes: number, hidden: number): number[] {
  const fits = (width: number) => {
    const weights = DIGITS.inputs * width + (hidden - 1) * width ** 2 + width * DIGITS.classes;
    return COPIES * 4 * weights <= memoryBytes;
  };
  return WIDTHS.filter((width, at) => at === 0 || fits(width));
}
