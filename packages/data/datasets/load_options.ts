import type { Split } from "./catalogue.ts";
import type { Normalise } from "./dataset.ts";
import type { DownloadOptions } from "./download.ts";

/** Which images `loadDataset` is to load, and from where. */
export interface LoadOptions extends DownloadOptions {
  /** A folder that holds the set's files. Without one they are downloaded, once, into the cache. */
  readonly dataDir?: string | undefined;
  /** The folder downloads are kept in; the user's cache folder, unless given. */
  readonly cacheDir?: string | undefined;
  /** Training images, unless given. */
  readonly split?: Split | undefined;
  /** The first so many images only; all (of `digits`: 10,000 to train, 2,000 to test) unless given. */
  readonly count?: number | undefined;
  /** By what pixels are normalised; the set's own mean and deviation, unless given. The numbers are told to `onNotice`. */
  readonly normalise?: Normalise | undefined;
  /** Which digits are generated; 0 unless given. Other sets have no use for it. */
  readonly seed?: number | undefined;
}
