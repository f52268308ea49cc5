import { openTensors } from "../containers/open_tensors.ts";
import { showShape } from "../containers/shape.ts";
import type { TensorInfo, TensorReader } from "../containers/tensor_reader.ts";
import { cacheFolder } from "../files/cache_folder.ts";
import { hostFiles } from "../files/host_files.ts";
import { readIfPresent } from "../files/io_error.ts";
import { argumentFault, fileFault, formatFault } from "../messages/faults.ts";
import { listed, printable } from "../messages/printable.ts";
import { readCsvImages } from "./csv_images.ts";
import { type Dataset, makeDataset, type RawImages } from "./dataset.ts";
import { cachedFile, sha256 } from "./download.ts";
import { readIdx, readIdxLabels } from "./idx.ts";
import { findImages, type FoundImages } from "./image_folder.ts";
import { IMAGE_SETS, type ImageSet, type ImageSetName } from "./image_sets.ts";
import type { LoadOptions } from "./load_options.ts";

const SIDE = 28;
const PIXELS = SIDE * SIDE;

/** Loads a set of 28 × 28 images in one of MNIST's formats, see `loadDataset`. */
export async function loadImageSet(name: ImageSetName, options: LoadOptions): Promise<Dataset> {
  const { dataDir, split = "train", count, normalise, onNotice } = options;
  const found = dataDir === undefined
    ? await downloadedImages(IMAGE_SETS[name], options)
    : findImages(IMAGE_SETS[name], dataDir, split);
  for (const notice of found.notices) onNotice?.(notice);
  const { images, sha256 } = await readImages(found);
  const raw = asTheyAre(found, images);
  for (const notice of doubts(found, raw)) onNotice?.(notice);
  const { set: { name: foundName, classes, statistics } } = found;
  return makeDataset(raw, {
    name: foundName,
    source: found.images,
    sha256,
    classes,
    statistics: [statistics],
  }, { count, normalise });
}

async function downloadedImages(set: ImageSet, options: LoadOptions): Promise<FoundImages> {
  const { cacheDir = cacheFolder(), split = "train" } = options;
  if (set.download === undefined) {
    throw argumentFault(`a data folder for ${set.name}, which is not downloaded,`, "none");
  }
  // Several sets use the same file names, so each has a folder to itself.
  const folder = hostFiles().path.join(cacheDir, set.name), files = set.download.files[split];
  const { path: images } = await cachedFile(files.images, folder, options);
  const { path: labels } = await cachedFile(files.labels, folder, options);
  return { set, kind: "idx", images, labels, split, isNamed: true, notices: [] };
}

/** Images and labels of the files found, as they are there, and the SHA-256 of the file of the images. */
async function readImages(found: FoundImages): Promise<{ images: RawImages; sha256: string }> {
  const bytes = await readWhole(found.images);
  const hash = await sha256(bytes);
  const image = [1, SIDE, SIDE] as const, labelSource = found.labels;
  switch (found.kind) {
    case "idx": {
      const { shape, data } = readIdx(bytes, found.images, { dimensions: 3 });
      assertSide(shape.slice(1), found.images);
      const labels = readIdxLabels(await readWhole(found.labels), found.labels);
      return { images: { pixels: data, labels, image, labelSource }, sha256: hash };
    }
    case "csv":
      return { images: { ...readCsvImages(bytes, found.images), image, labelSource }, sha256: hash };
    case "npz pair":
      return { images: { ...readNpzPair(found), image, labelSource }, sha256: hash };
    case "npz":
      return { images: { ...readNpzSplit(found), image, labelSource }, sha256: hash };
  }
}

async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readIfPresent(path);
  if (bytes === undefined) throw fileFault(path, "a file to read", "that it is gone");
  return bytes;
}

type Labelled = Pick<RawImages, "pixels" | "labels">;

/** Images in one NPZ file and labels in another, an array each, as KMNIST has them. */
function readNpzPair(found: FoundImages): Labelled {
  using images = openTensors(found.images), labels = openTensors(found.labels);
  return {
    pixels: readPixels(images, theOnly(images)),
    labels: readLabelArray(labels, theOnly(labels)),
  };
}

function theOnly(file: TensorReader): TensorInfo {
  const [only, ...others] = file.tensors;
  if (only === undefined || others.length > 0) {
    throw formatFault(file.source, "one array", listed(file.tensors.map(({ name }) => name)) || "none");
  }
  return only;
}

/** Names of a split's arrays in one NPZ file with all: Keras's, and others'. */
const ARRAY_NAMES = [
  ["x", "y"],
  ["images", "labels"],
  ["data", "labels"],
] as const;

/** A split of an NPZ file with all of a set, as Keras's `mnist.npz` has it. */
function readNpzSplit(found: FoundImages): Labelled {
  using file = openTensors(found.images);
  const byName = new Map(file.tensors.map((tensor) => [tensor.name.toLowerCase(), tensor]));
  for (const [images, labels] of ARRAY_NAMES) {
    for (
      const nameOf of [(part: string) => `${part}_${found.split}`, (part: string) => `${found.split}_${part}`]
    ) {
      const pixels = byName.get(nameOf(images)), classes = byName.get(nameOf(labels));
      if (pixels === undefined || classes === undefined) continue;
      return { pixels: readPixels(file, pixels), labels: readLabelArray(file, classes) };
    }
  }
  throw formatFault(
    file.source,
    `arrays x_${found.split} and y_${found.split}`,
    `only ${listed(file.tensors.map(({ name }) => name))}`,
  );
}

function readPixels(file: TensorReader, { name, shape }: TensorInfo): Uint8Array<ArrayBuffer> {
  const sides = shape.slice(1).filter((size) => size !== 1);
  if (!(sides.length === 1 && sides[0] === PIXELS)) assertSide(sides, `${file.source}: ${name}`);
  return file.readUint8(name);
}

function readLabelArray(file: TensorReader, { name, shape }: TensorInfo): Uint8Array<ArrayBuffer> {
  if (shape.length === 0 || shape.slice(1).some((size) => size !== 1)) {
    throw formatFault(file.source, `labels [count] in ${name}`, showShape(shape));
  }
  return file.readUint8(name);
}

function assertSide(sides: readonly number[], source: string): void {
  if (sides.length !== 2 || sides[0] !== SIDE || sides[1] !== SIDE) {
    throw formatFault(source, `images of shape [${SIDE}, ${SIDE}]`, showShape(sides));
  }
}

/** Images upright and labels from 0, whatever the set's files have. */
function asTheyAre({ set: { isTurned, firstLabel } }: FoundImages, raw: RawImages): RawImages {
  const bad = raw.labels.findIndex((label) => label < firstLabel);
  if (bad >= 0) {
    throw formatFault(
      raw.labelSource,
      `labels from ${firstLabel}`,
      `${raw.labels[bad]} in row ${bad} (counted from 0)`,
    );
  }
  return {
    ...raw,
    pixels: isTurned ? turned(raw.pixels) : raw.pixels,
    labels: firstLabel === 0 ? raw.labels : raw.labels.map((label) => label - firstLabel),
  };
}

/** Each image with its rows and columns exchanged. */
function turned(pixels: Uint8Array): Uint8Array<ArrayBuffer> {
  const upright = new Uint8Array(pixels.length);
  for (let start = 0; start < pixels.length; start += PIXELS) {
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        upright[start + row * SIDE + column] = pixels[start + column * SIDE + row];
      }
    }
  }
  return upright;
}

/** Lines about labels and images that look like those of another set than the one asked for. */
function doubts({ set, images: source }: FoundImages, { pixels, labels, labelSource }: RawImages): string[] {
  const counts = new Uint32Array(256);
  for (const label of labels) counts[label]++;
  const highest = counts.findLastIndex((count) => count > 0), lowest = counts.findIndex((count) => count > 0);
  const notices: string[] = [];
  if (lowest === 1 && highest >= set.classes) {
    notices.push(
      `${labelSource}: labels are 1 to ${highest} and never 0` +
        (highest === 26
          ? ", as EMNIST's letters have them; the data set emnist-letters takes them from 0 and turns the images"
          : ""),
    );
  } else if (highest >= set.classes) {
    notices.push(`${labelSource}: labels go up to ${highest}, so there are ${highest + 1} classes`);
  }
  if (set.name === "mnist" && highest < 10 && onesLieDown(pixels, labels)) {
    notices.push(
      `${source}: ones lie on their sides, as in EMNIST's files; the data set emnist-digits turns the images`,
    );
  }
  return notices.map(printable);
}

/** A one that is written upright is taller than wide, of MNIST's all but two in a thousand. */
function onesLieDown(pixels: Uint8Array, labels: Uint8Array): boolean {
  let ones = 0, wider = 0;
  for (let row = 0; row < labels.length && ones < 1000; row++) {
    if (labels[row] !== 1) continue;
    ones++;
    const { height, width } = spreadOf(pixels.subarray(row * PIXELS, (row + 1) * PIXELS));
    if (width > height) wider++;
  }
  return ones >= 10 && wider > 0.9 * ones;
}

/** The variances of an image's ink along its columns and rows. */
function spreadOf(image: Uint8Array): { height: number; width: number } {
  let ink = 0, rows = 0, columns = 0, squaredRows = 0, squaredColumns = 0;
  image.forEach((value, place) => {
    const row = Math.floor(place / SIDE), column = place % SIDE;
    ink += value;
    rows += value * row;
    columns += value * column;
    squaredRows += value * row * row;
    squaredColumns += value * column * column;
  });
  return {
    height: squaredRows / ink - (rows / ink) ** 2,
    width: squaredColumns / ink - (columns / ink) ** 2,
  };
}
