import { showShape } from "../containers/shape.ts";
import { cacheFolder } from "../files/cache_folder.ts";
import { hostFiles } from "../files/host_files.ts";
import { readIfPresent } from "../files/io_error.ts";
import { fileFault, formatFault } from "../messages/faults.ts";
import { printable } from "../messages/printable.ts";
import type { IdxSet, RemoteFile, Split } from "./catalogue.ts";
import { type Dataset, normalisedDataset } from "./dataset.ts";
import { cachedFile, sha256 } from "./download.ts";
import { readIdx } from "./idx.ts";
import type { LoadOptions } from "./load_options.ts";

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
  const images = readIdx(pair.images.bytes, pair.images.path, { dimensions: 3 });
  const labels = readIdx(pair.labels.bytes, pair.labels.path, { dimensions: 1 });
  if (images.shape[1] !== SIDE || images.shape[2] !== SIDE) {
    throw formatFault(
      pair.images.path,
      `images of shape [${SIDE}, ${SIDE}]`,
      showShape(images.shape.slice(1)),
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
  const { cacheDir = cacheFolder(), split = "train" } = options;
  // Both sets use the same file names, so each has a folder to itself.
  const folder = hostFiles().path.join(cacheDir, name);
  const { images, labels } = set.files[split];
  return {
    images: await cachedFile(images, folder, options),
    labels: await cachedFile(labels, folder, options),
  };
}

async function localPair(
  set: IdxSet,
  folder: string,
  { split = "train", onNotice }: LoadOptions,
): Promise<FoundPair> {
  const splits: readonly Split[] = split === "test" ? ["test"] : ["train", "test"];
  for (const candidate of splits) {
    const files = set.files[candidate];
    const images = await findLocal(folder, files.images);
    if (images === undefined) continue;
    const labels = await findLocal(folder, files.labels);
    if (labels === undefined) {
      throw fileFault(images.path, `${patternOf(files.labels)} beside it`, "none");
    }
    if (candidate !== split) {
      onNotice?.(printable(`${folder} has no training files; training on ${images.path}`));
    }
    return { images, labels };
  }
  const expected = splits.map((candidate) => patternOf(set.files[candidate].images)).join(" or ");
  throw fileFault(folder, expected, splits.length === 1 ? "none" : "neither");
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
