import { InvalidArgumentError } from "@graphon-limit/runtime";
import { checkDatasetName, FASHION_MNIST, MNIST, type Split } from "./catalogue.ts";
import { loadCifar10 } from "./cifar10.ts";
import type { Dataset } from "./dataset.ts";
import { generateDigits } from "./digits.ts";
import type { DownloadOptions } from "./download.ts";
import { loadIdxSet } from "./idx_dataset.ts";

/** Which images {@linkcode loadDataset} is to load, and from where. */
export interface LoadOptions extends DownloadOptions {
  /** A folder that holds the set's files. Without one they are downloaded, once, into the cache. */
  readonly dataDir?: string | undefined;
  /** The folder downloads are kept in; the user's cache folder, unless given. */
  readonly cacheDir?: string;
  /** Training images, unless given. */
  readonly split?: Split | undefined;
  /** The first so many images only; all (of `digits`: 10,000 to train, 2,000 to test) unless given. */
  readonly count?: number;
  /** Which digits are generated; 0 unless given. Other sets have no use for it. */
  readonly seed?: number;
}

/**
 * Loads a data set by name: `mnist`, `fashion-mnist`, `cifar10`, or the generated `digits`.
 *
 * A data folder holds MNIST and Fashion-MNIST as IDX files, `train-images-idx3-ubyte[.gz]` and its labels; failing
 * those the test files `t10k-…` serve for training too, which `onNotice` is told. It holds CIFAR-10 as
 * `data_batch_*.bin`, or as the archive they come in.
 *
 * @throws InvalidArgumentError for an unknown name, a folder without the files, or more images than there are
 * @throws FormatError for a file that is not what its name says
 * @throws DownloadError where the files cannot be fetched
 * @throws NoFileSystemError in a browser, but for `digits`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadDataset } from "@graphon-limit/data";
 *
 * // "mnist" is downloaded once, or read from `dataDir`; "digits" need neither.
 * const held = await loadDataset("digits", { split: "test", count: 50 });
 * assert.equal(held.labels.length, 50);
 * ```
 */
export async function loadDataset(name: string, options: LoadOptions = {}): Promise<Dataset> {
  switch (checkDatasetName(name)) {
    case "mnist":
      return await loadIdxSet("mnist", MNIST, options);
    case "fashion-mnist":
      return await loadIdxSet("fashion-mnist", FASHION_MNIST, options);
    case "cifar10":
      return await loadCifar10(options);
    case "digits":
      if (options.dataDir !== undefined) {
        throw new InvalidArgumentError("digits are generated; they are read from no data folder");
      }
      return generateDigits(options);
  }
}
