import { allocate } from "../files/allocate.ts";
import { argumentFault, fileFault, formatFault } from "../messages/faults.ts";

/** Labelled images, ready for a network. */
export interface Dataset {
  /** `mnist`, `fashion-mnist`, `cifar10`, `digits` or another of `DATASET_NAMES`. */
  readonly name: string;
  /** Pixels `[count, dimension]`: an image per row, scaled to [0, 1], then normalised as `normalisation` says. */
  readonly images: Float32Array<ArrayBuffer>;
  /** The class of each image, below `classes`. */
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly count: number;
  /** Numbers per image: 784 = 28 × 28, or 3072 = 3 channels × 32 × 32. */
  readonly dimension: number;
  /** `[channels, rows, columns]` of an image. */
  readonly image: readonly [channels: number, rows: number, columns: number];
  readonly classes: number;
  /** The set's own mean and deviation on the scale [0, 1], for each channel; MNIST's, of its relatives. */
  readonly statistics: readonly ChannelStatistics[];
  /** What the pixels were normalised by, for each channel; undefined where they are those of [0, 1]. */
  readonly normalisation: readonly ChannelStatistics[] | undefined;
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

/**
 * How pixels are normalised after they are scaled to [0, 1]: `standard`, by the set's own mean and deviation; `none`; or by
 * the numbers given, for every channel.
 */
export type Normalise = "standard" | "none" | ChannelStatistics;

/** Labelled images as files store them. */
export interface RawImages {
  /** Bytes `[count, channels, rows, columns]`. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
  readonly image: Dataset["image"];
  /** The file the labels are from, as messages call it. */
  readonly labelSource: string;
}

/** What is known of a set beside its images. */
export interface Description {
  readonly name: string;
  readonly source: string;
  readonly sha256?: string;
  /** Classes it has at the least, whatever labels there are. */
  readonly classes: number;
  readonly statistics: readonly ChannelStatistics[];
}

/**
 * Makes a data set of the first `count` raw images: pixels / 255, then less the mean, over the deviation.
 *
 * @param normalise by what; the set's own numbers, unless given
 * @throws FormatError where images and labels differ in number
 * @throws InvalidArgumentError where there are fewer than `count` images, or a deviation that cannot be divided by
 */
export function makeDataset(
  raw: RawImages,
  { classes, ...description }: Description,
  { count, normalise = "standard" }: { count?: number | undefined; normalise?: Normalise | undefined } = {},
): Dataset {
  const { source, statistics } = description, { pixels, labels, image } = raw;
  const dimension = image[0] * image[1] * image[2], available = pixels.length / dimension;
  if (available !== labels.length) {
    throw formatFault(
      raw.labelSource,
      `as many labels as images in ${source}, ${available},`,
      `${labels.length}`,
    );
  }
  if (available === 0) throw formatFault(source, "at least one image", "none");
  const rows = count === undefined ? available : checkCount(count, available, source);
  const normalisation = normalise === "standard"
    ? statistics
    : normalise === "none"
    ? undefined
    : statistics.map(() => checkStatistics(normalise));
  return {
    ...description,
    images: scalePixels(pixels.subarray(0, rows * dimension), normalisation, statistics.length, dimension),
    labels: labels.slice(0, rows),
    count: rows,
    dimension,
    image,
    classes: labels.reduce((most, label) => Math.max(most, label + 1), classes),
    normalisation,
  };
}

/** `(pixel / 255 − mean) / deviation` of each channel; rows hold the channels one after another. */
function scalePixels(
  pixels: Uint8Array,
  normalisation: readonly ChannelStatistics[] | undefined,
  channels: number,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const tables = Array.from({ length: channels }, (_, channel) => {
    const { mean, deviation } = normalisation?.[channel] ?? { mean: 0, deviation: 1 };
    return Float32Array.from({ length: 256 }, (_, pixel) => (pixel / 255 - mean) / deviation);
  });
  const images = allocate(Float32Array, pixels.length, "pixels"), channelPixels = dimension / channels;
  for (let start = 0, channel = 0; start < images.length; start += channelPixels) {
    const table = tables[channel];
    for (let i = start; i < start + channelPixels; i++) images[i] = table[pixels[i]];
    channel = (channel + 1) % channels;
  }
  return images;
}

function checkStatistics(statistics: ChannelStatistics): ChannelStatistics {
  const { mean, deviation } = statistics;
  if (!Number.isFinite(mean) || !Number.isFinite(deviation) || deviation <= 0) {
    throw argumentFault("a mean and a deviation above 0 to normalise by", `${mean} and ${deviation}`);
  }
  return statistics;
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
