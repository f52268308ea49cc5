import {
  type Dataset,
  DATASET_NAMES,
  loadDataset,
  type LoadOptions,
  type Normalise,
} from "@graphon-limit/data";
import { optional, type Parse, text, type Values, withDefault } from "./flags.ts";
import type { Session } from "./session.ts";
import { needed, oneOf, UsageError } from "./usage.ts";
import { show } from "@graphon-limit/runtime";

const normalisation: Parse<Normalise> = (given, flag) => {
  if (given === "standard" || given === "none") return given;
  const [mean, deviation, ...more] = given.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
  if (Number.isFinite(mean) && deviation > 0 && deviation < Infinity && more.length === 0) {
    return { mean, deviation };
  }
  throw new UsageError(
    `Expected ${flag} to be standard, none, or a mean and a deviation above 0 such as 0.5,0.25 but found ${
      show(given)
    }`,
  );
};

/** Flags that name a data set, and say how its pixels are scaled. */
export const DATASET_FLAGS = {
  dataset: optional("<name>", DATASET_NAMES.join(", "), oneOf(DATASET_NAMES)),
  dataDir: optional(
    "<folder>",
    "folder with the data set's files; without it they are downloaded once",
    text,
    {
      access: "read",
    },
  ),
  normalise: withDefault(
    "<how>",
    "what pixels of [0, 1] are normalised by: standard (the set's own mean and deviation), none, or MEAN,DEVIATION",
    normalisation,
    "standard",
  ),
};

export type DatasetFlags = Values<typeof DATASET_FLAGS>;

/** Says which flags for a data set do not go together. */
export function assertDatasetFlags({ dataset, dataDir, normalise }: DatasetFlags): void {
  if (dataset !== undefined) return;
  if (dataDir !== undefined) throw new UsageError("Expected --dataset with --data-dir but found none");
  if (normalise !== "standard") throw new UsageError("Expected --dataset with --normalise but found none");
}

/**
 * The data set that the flags name, with what there is to say of it said.
 *
 * @param why what is said where there is none
 */
export async function openDataset(
  session: Pick<Session, "notice"> & Partial<Pick<Session, "flags">>,
  { dataset, dataDir, normalise }: DatasetFlags,
  why: string,
  options: Pick<LoadOptions, "seed" | "split" | "count"> = {},
): Promise<Dataset> {
  const name = needed("--dataset", dataset, `${why}, ${DATASET_NAMES.join(", ")}`);
  return await loadDataset(name, {
    ...{ dataDir, normalise, seed: session.flags?.seed, onNotice: session.notice },
    ...options,
  });
}
