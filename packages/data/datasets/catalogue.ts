import { argumentFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import type { ChannelStatistics } from "./dataset.ts";

/**
 * The data sets that can be loaded by name. The first three are downloaded where no folder is named, digits are generated,
 * the others are read from folders.
 */
export const DATASET_NAMES = [
  "mnist",
  "fashion-mnist",
  "cifar10",
  "digits",
  "kmnist",
  "qmnist",
  "emnist-balanced",
  "emnist-byclass",
  "emnist-bymerge",
  "emnist-digits",
  "emnist-letters",
  "emnist-mnist",
] as const;

/** The name of a data set. */
export type DatasetName = (typeof DATASET_NAMES)[number];

/** Training or test images. */
export type Split = "train" | "test";

/** A file on the network, pinned by content. */
export interface RemoteFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Addresses that serve it, tried in order. */
  readonly addresses: readonly string[];
}

/** A data set of four IDX files. */
export interface IdxSet {
  readonly statistics: ChannelStatistics;
  readonly files: Readonly<Record<Split, { readonly images: RemoteFile; readonly labels: RemoteFile }>>;
}

/** Checks the name of a data set. @throws InvalidArgumentError listing the names there are */
export function checkDatasetName(name: string): DatasetName {
  const known = DATASET_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw argumentFault(`a data set of ${DATASET_NAMES.join(", ")}`, quoted(name));
}

function idxSet(
  statistics: ChannelStatistics,
  folders: readonly string[],
  pins: Readonly<Record<string, readonly [bytes: number, sha256: string]>>,
): IdxSet {
  const file = (name: string): RemoteFile => {
    const [bytes, sha256] = pins[name];
    return { name, bytes, sha256, addresses: folders.map((folder) => `${folder}${name}`) };
  };
  const split = (prefix: string) => ({
    images: file(`${prefix}-images-idx3-ubyte.gz`),
    labels: file(`${prefix}-labels-idx1-ubyte.gz`),
  });
  return { statistics, files: { train: split("train"), test: split("t10k") } };
}

/** Handwritten digits (LeCun, Cortes, Burges): 60,000 training and 10,000 test images of 28 × 28. */
export const MNIST = idxSet(
  { mean: 0.1307, deviation: 0.3081 },
  ["https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"],
  {
    "train-images-idx3-ubyte.gz": [
      9912422,
      "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ],
    "train-labels-idx1-ubyte.gz": [
      28881,
      "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ],
    "t10k-images-idx3-ubyte.gz": [
      1648877,
      "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ],
    "t10k-labels-idx1-ubyte.gz": [
      4542,
      "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ],
  },
);

/** Clothes (Xiao, Rasul, Vollgraf 2017), a drop-in replacement for MNIST. */
export const FASHION_MNIST = idxSet(
  { mean: 0.2860, deviation: 0.3530 },
  [
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
  ],
  {
    "train-images-idx3-ubyte.gz": [
      26421880,
      "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ],
    "train-labels-idx1-ubyte.gz": [
      29515,
      "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ],
    "t10k-images-idx3-ubyte.gz": [
      4422102,
      "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ],
    "t10k-labels-idx1-ubyte.gz": [
      5148,
      "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ],
  },
);

/** Photographs (Krizhevsky 2009): 50,000 training and 10,000 test images of 32 × 32 in red, green and blue planes. */
export const CIFAR10 = {
  archive: {
    name: "cifar-10-binary.tar.gz",
    bytes: 170052171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    addresses: ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
  },
  statistics: [
    { mean: 0.4914, deviation: 0.2470 },
    { mean: 0.4822, deviation: 0.2435 },
    { mean: 0.4465, deviation: 0.2616 },
  ],
  files: {
    train: [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`),
    test: ["test_batch.bin"],
  },
} satisfies {
  archive: RemoteFile;
  statistics: readonly ChannelStatistics[];
  files: Record<Split, readonly string[]>;
};

/** The hosts that data sets are downloaded from, for a program that grants itself network access to no others. */
export const DATA_HOSTS: readonly string[] = [
  ...new Set(
    [
      ...[MNIST, FASHION_MNIST].flatMap(({ files }) => [files.train, files.test])
        .flatMap(({ images, labels }) => [images, labels]),
      CIFAR10.archive,
    ].flatMap(({ addresses }) => addresses.map((address) => new URL(address).host)),
  ),
];
