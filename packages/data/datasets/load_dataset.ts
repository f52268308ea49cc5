import { argumentFault } from "../messages/faults.ts";
import { quoted } from "../messages/printable.ts";
import { checkDatasetName, FASHION_MNIST, MNIST } from "./catalogue.ts";
import { loadCifar10 } from "./cifar10.ts";
import type { Dataset } from "./dataset.ts";
import { generateDigits } from "./digits.ts";
import { loadIdxSet } from "./idx_dataset.ts";
import type { LoadOptions } from "./load_options.ts";

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
        throw argumentFault("no data folder for digits, which are generated,", quoted(options.dataDir));
      }
      return generateDigits(options);
  }
}
