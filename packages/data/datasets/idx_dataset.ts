import { FormatError, InvalidArgumentError } from "@graphon-limit/runtime";
import { cacheFolder } from "../files/cache_folder.ts";
import type { IdxSet, RemoteFile, Split } from "./catalogue.ts";
import { type Dataset, normalisedDataset } from "./dataset.ts";
import { cachedFile, sha256 } from "./download.ts";
import { hostFiles } from "../files/file_system.ts";
import { readIdx } from "./idx.ts";
import { readIfPresent } from "../files/io_error.ts";
import type { LoadOptions } from "./load_dataset.ts";
import { showShape } from "../containers/shape.ts";

const SIDE = 28;

interface FoundFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly path: string;
}

interface FoundPair {
  readonly images: FoundFile;
  readonly labels: FoundFile;
}

/** Loads a set of IDX files, see `loadDataset`. */
export async function loadIdxSet(name: string, set: IdxSet, options: LoadOptions): Promise<Dataset> {
  const pair = options.dataDir === undefined
    ? await downloadedPair(name, set, options)
    : await localPair(set, options.dataDir, options);
  const images = await readIdx(pair.images.bytes, pair.images.path, { dimensions: 3 });
  const labels = await readIdx(pair.labels.bytes, pair.labels.path, { dimensions: 1 });
  if (images.shape[1] !== SIDE || images.shape[2] !== SIDE) {
    throw new FormatError(
      `${pair.images.path}: images of shape ${showShape(images.shape.slice(1))}, expected [${SIDE}, ${SIDE}]`,
    );
  }
  return normalisedDataset(
    { pixels: images.data, labels: labels.data, dimension: SIDE * SIDE },
    [set.statistics],
    { name, source: pair.images.path, sha256: await sha256(pair.images.bytes) },
    options.count,
  );
}

async function downloadedPair(name: string, set: IdxSet, options: LoadOptions): Promise<FoundPair> {
  // Both sets use the same file names, so each has a folder to itself.
  const folder = hostFiles().path.join(options.cacheDir ?? cacheFolder(), name);
  const { images, labels } = set.files[options.split ?? "train"];
  return {
    images: await cachedFile(images, folder, options),
    labels: await cachedFile(labels, folder, options),
  };
}

async function localPair(set: IdxSet, folder: string, options: LoadOptions): Promise<FoundPair> {
  const splits: readonly Split[] = options.split === "test" ? ["test"] : ["train", "test"];
  for (const split of splits) {
    const files = set.files[split];
    const images = await findLocal(folder, files.images);
    if (images === undefined) continue;
    const labels = await findLocal(folder, files.labels);
    if (labels === undefined) {
      throw new InvalidArgumentError(`${images.path} is there, but no ${patternOf(files.labels)} beside it`);
    }
    if (split !== splits[0]) {
      options.onNotice?.(`${folder} has no training files; training on ${images.path}`);
    }
    return { images, labels };
  }
  const expected = splits.map((split) => patternOf(set.files[split].images)).join(" or ");
  throw new InvalidArgumentError(`${folder} holds no ${expected}`);
}

async function findLocal(folder: string, { name }: RemoteFile): Promise<FoundFile | undefined> {
  for (const candidate of [name, name.replace(/\.gz$/, "")]) {
    const path = hostFiles().path.join(folder, candidate);
    const bytes = await readIfPresent(path);
    if (bytes !== undefined) return { bytes, path };
  }
}

function patternOf({ name }: RemoteFile): string {
  return name.replace(/\.gz$/, "[.gz]");
}
