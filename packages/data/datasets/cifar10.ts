import { gunzip } from "../archives/gunzip.ts";
import { parseTar } from "../archives/tar.ts";
import { cacheFolder } from "../files/cache_folder.ts";
import { hostFiles } from "../files/host_files.ts";
import { readIfPresent } from "../files/io_error.ts";
import { fileFault, formatFault } from "../messages/faults.ts";
import { printable } from "../messages/printable.ts";
import { CIFAR10, type Split } from "./catalogue.ts";
import { type Dataset, normalisedDataset, type RawImages } from "./dataset.ts";
import { cachedFile, sha256 } from "./download.ts";
import type { LoadOptions } from "./load_options.ts";

const DIMENSION = 3 * 32 * 32;
const RECORD_BYTES = 1 + DIMENSION;
const ARCHIVE_FOLDER = "cifar-10-batches-bin";
const ARCHIVE_LIMIT = 256 * 1024 * 1024;

interface BatchFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly label: string;
}

interface FoundBatches {
  readonly batches: readonly BatchFile[];
  readonly source: string;
  readonly sha256?: string;
}

/**
 * Loads CIFAR-10's binary version, see `loadDataset`: records of a label and the red, green and blue planes of 32 × 32
 * pixels. Each colour is normalised by its own mean and deviation over the training images.
 */
export async function loadCifar10(options: LoadOptions): Promise<Dataset> {
  const { batches, ...from } = options.dataDir === undefined
    ? await downloadedBatches(options)
    : await localBatches(options.dataDir, options);
  return normalisedDataset(
    joinBatches(batches),
    CIFAR10.statistics,
    { name: "cifar10", ...from },
    options.count,
  );
}

async function downloadedBatches(options: LoadOptions): Promise<FoundBatches> {
  const { cacheDir = cacheFolder(), split = "train" } = options;
  const folder = hostFiles().path.join(cacheDir, "cifar10");
  const { bytes, path } = await cachedFile(CIFAR10.archive, folder, options);
  return await unpackBatches(bytes, path, split);
}

async function localBatches(
  folder: string,
  { split = "train", onNotice }: LoadOptions,
): Promise<FoundBatches> {
  const { join } = hostFiles().path;
  const archivePath = join(folder, CIFAR10.archive.name);
  const archive = await readIfPresent(archivePath);
  if (archive !== undefined) return await unpackBatches(archive, archivePath, split);
  const splits: readonly Split[] = split === "test" ? ["test"] : ["train", "test"];
  for (const candidate of splits) {
    for (const place of [folder, join(folder, ARCHIVE_FOLDER)]) {
      const batches = await findLocal(place, CIFAR10.files[candidate]);
      if (batches.length === 0) continue;
      if (candidate !== split) {
        onNotice?.(printable(`${folder} has no training files; training on ${batches[0].label}`));
      }
      return { batches, source: place };
    }
  }
  const names = split === "test" ? "test_batch.bin" : "data_batch_*.bin or test_batch.bin";
  throw fileFault(folder, `${names} or ${CIFAR10.archive.name}`, "none of them");
}

async function unpackBatches(
  archive: Uint8Array<ArrayBuffer>,
  path: string,
  split: Split,
): Promise<FoundBatches> {
  const files = parseTar(gunzip(archive, path, ARCHIVE_LIMIT), path);
  const batches = CIFAR10.files[split].map((name) => {
    const bytes = files.get(`${ARCHIVE_FOLDER}/${name}`);
    if (bytes === undefined) throw formatFault(path, `${ARCHIVE_FOLDER}/${name} in it`, "none");
    return { bytes, label: `${path}: ${name}` };
  });
  return { batches, source: path, sha256: await sha256(archive) };
}

async function findLocal(folder: string, names: readonly string[]): Promise<BatchFile[]> {
  const found: BatchFile[] = [];
  for (const name of names) {
    const label = hostFiles().path.join(folder, name);
    const bytes = await readIfPresent(label);
    if (bytes !== undefined) found.push({ bytes, label });
  }
  return found;
}

function joinBatches(batches: readonly BatchFile[]): RawImages {
  for (const { bytes, label } of batches) {
    if (bytes.length % RECORD_BYTES !== 0) {
      throw formatFault(label, `whole records of ${RECORD_BYTES} bytes`, `${bytes.length} bytes`);
    }
  }
  const count = batches.reduce((sum, { bytes }) => sum + bytes.length / RECORD_BYTES, 0);
  const pixels = new Uint8Array(count * DIMENSION), labels = new Uint8Array(count);
  let row = 0;
  for (const { bytes } of batches) {
    for (let start = 0; start < bytes.length; start += RECORD_BYTES, row++) {
      labels[row] = bytes[start];
      pixels.set(bytes.subarray(start + 1, start + RECORD_BYTES), row * DIMENSION);
    }
  }
  return { pixels, labels, dimension: DIMENSION };
}
