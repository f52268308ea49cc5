import { argumentFault } from "../messages/faults.ts";
import { printable, quoted } from "../messages/printable.ts";
import { checkDatasetName, type DatasetName, MNIST } from "./catalogue.ts";
import { loadCifar10 } from "./cifar10.ts";
import type { ChannelStatistics, Dataset } from "./dataset.ts";
import { generateDigits } from "./digits.ts";
import { loadImageSet } from "./image_dataset.ts";
import type { LoadOptions } from "./load_options.ts";

/**
 * Loads a data set by name: `mnist`, `fashion-mnist`, `cifar10`, the generated `digits`, or one of MNIST's relatives that
 * are read from folders only.
 *
 * A data folder holds them as people have them: MNIST and its relatives as IDX files under the names they are served by or
 * torchvision, 7-Zip and Kaggle give them, as Keras's `mnist.npz`, KMNIST's NPZ files or Kaggle's CSV; CIFAR-10 as
 * `data_batch_*.bin`, some or all, or as the archive they come in. Test files serve for training where there are no others.
 * `onNotice` is told what is missing, taken for something else, or looks like another set, and by what the pixels were
 * normalised.
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
 * const held = await loadDataset("digits", { split: "test", count: 50, normalise: "none" });
 * assert.equal(held.labels.length, 50);
 * assert.ok(held.images.every((pixel) => pixel >= 0 && pixel <= 1));
 * ```
 */
export async function loadDataset(name: string, options: LoadOptions = {}): Promise<Dataset> {
  const dataset = await load(checkDatasetName(name), options);
  options.onNotice?.(normalisationNotice(dataset));
  return dataset;
}

/** A line that says by what pixels were normalised, with the numbers. */
function normalisationNotice({ name, normalisation }: Dataset): string {
  if (normalisation === undefined) return printable(`${name}: pixels of [0, 1], not normalised`);
  const numbers = (key: keyof ChannelStatistics) =>
    [...new Set(normalisation.map((channel) => channel[key]))].join(", ");
  const whose = name !== "mnist" && normalisation[0] === MNIST.statistics ? "MNIST's " : "";
  return printable(
    `${name}: pixels normalised by ${whose}mean ${numbers("mean")} and deviation ${numbers("deviation")}`,
  );
}

async function load(name: DatasetName, options: LoadOptions): Promise<Dataset> {
  switch (name) {
    case "cifar10":
      return await loadCifar10(options);
    case "digits":
      if (options.dataDir !== undefined) {
        throw argumentFault("no data folder for digits, which are generated,", quoted(options.dataDir));
      }
      return generateDigits(options);
    default:
      return await loadImageSet(name, options);
  }
}
