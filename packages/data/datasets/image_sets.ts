import { type DatasetName, FASHION_MNIST, type IdxSet, MNIST, type Split } from "./catalogue.ts";
import type { ChannelStatistics } from "./dataset.ts";

/** The name of a set of 28 × 28 images in MNIST's formats. */
export type ImageSetName = Exclude<DatasetName, "cifar10" | "digits">;

/** Where a split may be, relative to a folder: a file of images and one of labels beside it, or one of both. */
export type ImageSource =
  | {
    readonly kind: "idx" | "npz pair";
    readonly images: readonly string[];
    readonly labels: readonly string[];
    /** Whether other sets have files of these names, too. */
    readonly isShared?: true;
  }
  | { readonly kind: "npz" | "csv"; readonly images: readonly string[]; readonly isShared?: true };

/** A set of 28 × 28 images in MNIST's formats. */
export interface ImageSet {
  readonly name: ImageSetName;
  /** Its classes; files may hold more. */
  readonly classes: number;
  /** What the first class is called in its files. */
  readonly firstLabel: 0 | 1;
  /** Whether its files hold images with rows and columns exchanged. */
  readonly isTurned: boolean;
  readonly statistics: ChannelStatistics;
  /** Folders its files are in, below the one that is named: its own, and those that torchvision makes. */
  readonly folders: readonly string[];
  /** Sources in the order they are looked for. */
  readonly sources: (split: Split) => readonly ImageSource[];
  /** Where its files can be downloaded. */
  readonly download?: IdxSet;
}

/** MNIST's file names, which others took over: as they are served, and as 7-Zip and Kaggle write them. */
function idxNames(
  prefix: string,
  part: "images" | "labels",
  rank: "idx3-ubyte" | "idx1-ubyte" | "idx2-int",
): string[] {
  return [`-${rank}`, `.${rank}`].flatMap((
    ending,
  ) => [`${prefix}-${part}${ending}.gz`, `${prefix}-${part}${ending}`]);
}

function mnistIdx(split: Split): ImageSource {
  const prefix = split === "train" ? "train" : "t10k";
  return {
    kind: "idx",
    images: idxNames(prefix, "images", "idx3-ubyte"),
    labels: [...idxNames(prefix, "labels", "idx1-ubyte"), ...idxNames(prefix, "labels", "idx2-int")],
    isShared: true,
  };
}

function ownIdx(name: string, split: Split): ImageSource {
  const prefix = `${name}-${split}`;
  return {
    kind: "idx",
    images: idxNames(prefix, "images", "idx3-ubyte"),
    labels: [...idxNames(prefix, "labels", "idx1-ubyte"), ...idxNames(prefix, "labels", "idx2-int")],
  };
}

function csv(...names: string[]): ImageSource {
  return { kind: "csv", images: names.flatMap((name) => [name, `${name}.gz`]) };
}

/** A set with file names of its own; under MNIST's names it may be, too, where it is asked for by name. */
function relative(
  name: ImageSetName,
  folders: readonly string[],
  sources: (split: Split) => readonly ImageSource[],
  more: Partial<Pick<ImageSet, "classes" | "firstLabel" | "isTurned">> = {},
): ImageSet {
  const { classes = 10, firstLabel = 0, isTurned = false } = more;
  return {
    name,
    classes,
    firstLabel,
    isTurned,
    // Nobody publishes their own: networks for them are trained with MNIST's numbers.
    statistics: MNIST.statistics,
    folders: [".", "raw", ...folders],
    sources: (split) => [...sources(split), mnistIdx(split)],
  };
}

/** EMNIST (Cohen, Afshar, Tapson, van Schaik 2017): images lie on their sides in its files. */
function emnist(split: string, classes: number, firstLabel: 0 | 1 = 0): ImageSet {
  const name = `emnist-${split}` as ImageSetName;
  return relative(
    name,
    ["EMNIST/raw", "EMNIST", "gzip"],
    (part) => [ownIdx(name, part), csv(`${name}-${part}.csv`)],
    { classes, firstLabel, isTurned: true },
  );
}

/** The sets of 28 × 28 images by name. */
export const IMAGE_SETS: Readonly<Record<ImageSetName, ImageSet>> = {
  "mnist": {
    name: "mnist",
    classes: 10,
    firstLabel: 0,
    isTurned: false,
    statistics: MNIST.statistics,
    folders: [".", "raw", "MNIST/raw", "MNIST"],
    sources: (split) => [
      mnistIdx(split),
      { kind: "npz", images: ["mnist.npz"] },
      csv(`mnist_${split}.csv`, `mnist-${split}.csv`, `${split}.csv`),
    ],
    download: MNIST,
  },
  "fashion-mnist": {
    name: "fashion-mnist",
    classes: 10,
    firstLabel: 0,
    isTurned: false,
    statistics: FASHION_MNIST.statistics,
    folders: [".", "raw", "FashionMNIST/raw", "FashionMNIST", "fashion"],
    sources: (split) => [
      mnistIdx(split),
      { kind: "npz", images: ["fashion_mnist.npz", "fashion-mnist.npz"] },
      csv(`fashion-mnist_${split}.csv`, `fashion_mnist_${split}.csv`, `${split}.csv`),
    ],
    download: FASHION_MNIST,
  },
  // Kuzushiji (Clanuwat and others 2018) and more digits of MNIST's own source (Yadav and Bottou 2019).
  "kmnist": relative("kmnist", ["KMNIST/raw", "KMNIST"], (split) => [
    { kind: "npz pair", images: [`kmnist-${split}-imgs.npz`], labels: [`kmnist-${split}-labels.npz`] },
    { kind: "npz", images: ["kmnist.npz"] },
  ]),
  "qmnist": relative("qmnist", ["QMNIST/raw", "QMNIST"], (split) => [ownIdx("qmnist", split)]),
  "emnist-balanced": emnist("balanced", 47),
  "emnist-byclass": emnist("byclass", 62),
  "emnist-bymerge": emnist("bymerge", 47),
  "emnist-digits": emnist("digits", 10),
  "emnist-letters": emnist("letters", 26, 1),
  "emnist-mnist": emnist("mnist", 10),
};
