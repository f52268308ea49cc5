import { gunzip } from "../archives/gunzip.ts";
import { parseTar } from "../archives/tar.ts";
import { ForeignFormatError } from "../containers/foreign_formats.ts";
import { cacheFolder } from "../files/cache_folder.ts";
import { hostFiles } from "../files/host_files.ts";
import { isFile, readIfPresent } from "../files/io_error.ts";
import { fileFault, formatFault } from "../messages/faults.ts";
import { listed, printable } from "../messages/printable.ts";
import { CIFAR10, type Split } from "./catalogue.ts";
import { type Dataset, makeDataset, type RawImages } from "./dataset.ts";
import { cachedFile, sha256 } from "./download.ts";
import type { LoadOptions } from "./load_options.ts";

const CLASSES = 10;
const DIMENSION = 3 * 32 * 32;
const RECORD_BYTES = 1 + DIMENSION;
/** CIFAR-100's records begin with two labels. */
const CIFAR100_RECORD_BYTES = 2 + DIMENSION;
const ARCHIVE_FOLDER = "cifar-10-batches-bin";
const ARCHIVE_LIMIT = 256 * 1024 * 1024;

/** The same images in the version for Python, which only Python can make sense of. */
const PYTHON_FOLDER = "cifar-10-batches-py";
const PYTHON_ARCHIVE = "cifar-10-python.tar.gz";

interface BatchFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly label: string;
}

interface FoundBatches {
  readonly batches: readonly BatchFile[];
  /** Names of those that are not there. */
  readonly missing: readonly string[];
  readonly source: string;
  readonly sha256?: string;
  /** A line about what is there. */
  readonly notice?: string;
}

/**
 * Loads CIFAR-10's binary version, see `loadDataset`: records of a label and the red, green and blue planes of 32 × 32
 * pixels. Each colour is normalised by its own mean and deviation over the training images.
 */
export async function loadCifar10(options: LoadOptions): Promise<Dataset> {
  const { dataDir, count, normalise, onNotice } = options;
  const { batches, missing, notice, ...from } = dataDir === undefined
    ? await downloadedBatches(options)
    : await localBatches(dataDir, options);
  const raw = joinBatches(batches, from.source);
  if (notice !== undefined) onNotice?.(printable(notice));
  if (missing.length > 0) {
    const whole = batches.length + missing.length;
    onNotice?.(
      printable(
        `${from.source}: ${batches.length} of ${whole} batches, ${raw.labels.length} images; no ${
          missing.join(", ")
        }`,
      ),
    );
  }
  const { statistics } = CIFAR10;
  return makeDataset(raw, { name: "cifar10", classes: CLASSES, statistics, ...from }, { count, normalise });
}

async function downloadedBatches(options: LoadOptions): Promise<FoundBatches> {
  const { cacheDir = cacheFolder(), split = "train" } = options;
  const folder = hostFiles().path.join(cacheDir, "cifar10");
  const { bytes, path } = await cachedFile(CIFAR10.archive, folder, options);
  return await unpackBatches(bytes, path, split);
}

async function localBatches(folder: string, { split = "train" }: LoadOptions): Promise<FoundBatches> {
  const { join } = hostFiles().path;
  const archivePath = join(folder, CIFAR10.archive.name);
  const archive = await readIfPresent(archivePath);
  if (archive !== undefined) return await unpackBatches(archive, archivePath, split);
  const splits: readonly Split[] = split === "test" ? ["test"] : ["train", "test"];
  for (const candidate of splits) {
    for (const place of [folder, join(folder, ARCHIVE_FOLDER)]) {
      const found = await findLocal(place, CIFAR10.files[candidate]);
      if (found.batches.length === 0) continue;
      const notice = `${folder} has no training files; training on ${found.batches[0].label}`;
      return { ...found, source: place, ...(candidate !== split && { notice }) };
    }
  }
  const python = [
    join(folder, PYTHON_ARCHIVE),
    join(folder, PYTHON_FOLDER, "data_batch_1"),
    join(folder, "data_batch_1"),
  ]
    .find(isFile);
  if (python !== undefined) throw pythonVersion(python);
  const names = split === "test" ? "test_batch.bin" : "data_batch_*.bin or test_batch.bin";
  throw fileFault(folder, `${names} or ${CIFAR10.archive.name}`, "none of them");
}

/** The error of the version for Python, with the lines that make the binary one of it. */
function pythonVersion(path: string): ForeignFormatError {
  const unpacked = path.endsWith(PYTHON_ARCHIVE)
    ? ` (unpack it first, and run this in ${PYTHON_FOLDER})`
    : "";
  return new ForeignFormatError(path, {
    format: `the version for Python${unpacked}`,
    python: [
      'import glob, numpy, pickle; names = [n for n in glob.glob("*_batch*") if "." not in n]',
      '[numpy.c_[d[b"labels"], d[b"data"]].astype("uint8").tofile(n + ".bin") for n in names ' +
      'for d in [pickle.load(open(n, "rb"), encoding="bytes")]]',
    ],
  }, "CIFAR-10's binary version");
}

async function unpackBatches(
  archive: Uint8Array<ArrayBuffer>,
  path: string,
  split: Split,
): Promise<FoundBatches> {
  const files = parseTar(gunzip(archive, path, ARCHIVE_LIMIT), path);
  const batches: BatchFile[] = [], missing: string[] = [];
  for (const name of CIFAR10.files[split]) {
    const bytes = files.get(`${ARCHIVE_FOLDER}/${name}`);
    if (bytes === undefined) missing.push(name);
    else batches.push({ bytes, label: `${path}: ${name}` });
  }
  if (batches.length === 0) {
    throw formatFault(
      path,
      `${ARCHIVE_FOLDER}/${CIFAR10.files[split][0]} in it`,
      `only ${listed([...files.keys()])}`,
    );
  }
  return { batches, missing, source: path, sha256: await sha256(archive) };
}

async function findLocal(
  folder: string,
  names: readonly string[],
): Promise<Pick<FoundBatches, "batches" | "missing">> {
  const batches: BatchFile[] = [], missing: string[] = [];
  for (const name of names) {
    const label = hostFiles().path.join(folder, name);
    const bytes = await readIfPresent(label);
    if (bytes === undefined) missing.push(name);
    else batches.push({ bytes, label });
  }
  return { batches, missing };
}

function joinBatches(batches: readonly BatchFile[], labelSource: string): RawImages {
  for (const { bytes, label } of batches) assertRecords(bytes, label);
  const count = batches.reduce((sum, { bytes }) => sum + bytes.length / RECORD_BYTES, 0);
  const pixels = new Uint8Array(count * DIMENSION), labels = new Uint8Array(count);
  let row = 0;
  for (const { bytes } of batches) {
    for (let start = 0; start < bytes.length; start += RECORD_BYTES, row++) {
      labels[row] = bytes[start];
      pixels.set(bytes.subarray(start + 1, start + RECORD_BYTES), row * DIMENSION);
    }
  }
  return { pixels, labels, image: [3, 32, 32], labelSource };
}

/** Checks that a file is of whole records with CIFAR-10's labels. */
function assertRecords(bytes: Uint8Array, label: string): void {
  const { length } = bytes;
  if (length % RECORD_BYTES !== 0) {
    const others = length % CIFAR100_RECORD_BYTES === 0
      ? `, ${length / CIFAR100_RECORD_BYTES} records of ${CIFAR100_RECORD_BYTES} as CIFAR-100 has them`
      : "";
    throw formatFault(label, `whole records of ${RECORD_BYTES} bytes`, `${length} bytes${others}`);
  }
  for (let start = 0; start < length; start += RECORD_BYTES) {
    if (bytes[start] >= CLASSES) {
      const row = start / RECORD_BYTES;
      throw formatFault(
        label,
        `labels of 0 to ${CLASSES - 1}`,
        `${bytes[start]} in record ${row} (counted from 0)`,
      );
    }
  }
}
