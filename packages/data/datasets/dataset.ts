import { argumentFault, fileFault, formatFault } from "../messages/faults.ts";

/** Labelled images, ready for a network. */
export interface Dataset {
  /** `mnist`, `fashion-mnist`, `cifar10` or `digits`. */
  readonly name: string;
  /** Normalised pixels `[count, dimension]`, row-major: an image per row, scaled to [0, 1], then to about mean 0, deviation 1. */
  readonly images: Float32Array<ArrayBuffer>;
  /** The class of each image, below `classes`. */
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly count: number;
  /** Numbers per image: 784 = 28 × 28, or 3072 = 3 channels × 32 × 32. */
  readonly dimension: number;
  readonly classes: number;
  /** Where the images are from: a path, or how they were generated. */
  readonly source: string;
  /** SHA-256 of the file the images are from, in hexadecimal; absent where there is no one file. */
  readonly sha256?: string;
}

/** Mean and deviation of a channel's pixels on the scale [0, 1]. */
export interface ChannelStatistics {
  readonly mean: number;
  readonly deviation: number;
}

/** Labelled images as files store them: pixels `[count, dimension]` in bytes. */
export interface RawImages {
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly dimension: number;
}

/** Classes of every data set here. */
export const CLASSES = 10;

/**
 * Makes a data set of the first `count` raw images: `(pixel / 255 − mean) / deviation` with its channel's statistics.
 *
 * @param channels one entry for each channel; a row holds the channels one after another
 * @throws FormatError where images and labels differ in number, or a label is not below ten
 * @throws InvalidArgumentError where there are fewer than `count` images
 */
export function normalisedDataset(
  raw: RawImages,
  channels: readonly ChannelStatistics[],
  description: { name: string; source: string; sha256?: string },
  count = raw.pixels.length / raw.dimension,
): Dataset {
  const { source } = description;
  const available = raw.pixels.length / raw.dimension;
  if (available !== raw.labels.length) {
    throw formatFault(source, `as many labels as images, ${available},`, `${raw.labels.length}`);
  }
  if (available === 0) throw formatFault(source, "at least one image", "none");
  const wrong = raw.labels.find((label) => label >= CLASSES);
  if (wrong !== undefined) throw formatFault(source, `labels of 0 to ${CLASSES - 1}`, `${wrong}`);
  const rows = checkCount(count, available, source);

  const tables = channels.map(({ mean, deviation }) =>
    Float32Array.from({ length: 256 }, (_, pixel) => (pixel / 255 - mean) / deviation)
  );
  const images = new Float32Array(rows * raw.dimension);
  const channelPixels = raw.dimension / channels.length;
  for (let start = 0, channel = 0; start < images.length; start += channelPixels) {
    const table = tables[channel];
    for (let i = start; i < start + channelPixels; i++) images[i] = table[raw.pixels[i]];
    channel = (channel + 1) % channels.length;
  }
  const labels = raw.labels.slice(0, rows);
  return { ...description, images, labels, count: rows, dimension: raw.dimension, classes: CLASSES };
}

/** Checks a number of images asked for, and hands it back. */
function checkCount(count: number, available: number, source: string): number {
  if (!Number.isInteger(count) || count < 1) {
    throw argumentFault("a number of images of at least 1", `${count}`);
  }
  if (count > available) {
    throw fileFault(source, `at least ${count} images, as many as asked for,`, `${available}`);
  }
  return count;
}
