import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ioReason, type Normalise } from "@graphon-limit/data";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import {
  canonicalJson,
  dataRef,
  Failures,
  FolderStore,
  Laboratory,
  parsePlan,
  type Plan,
  type PlanImages,
} from "@graphon-limit/study";
import { DATASET_FLAGS, type DatasetFlags, openDataset } from "../shell/dataset_flags.ts";
import { required, text, type Values } from "../shell/flags.ts";
import type { Session } from "../shell/session.ts";
import { UsageError } from "../shell/usage.ts";

/** What commands on a plan take beside the flags. */
export const PLAN_WORDS = {
  placeholder: "<plan>",
  help: "the file that `sweep plan` wrote",
  access: "read",
} as const;

/** The folder of a sweep that is written, or only read. */
export const STORE = {
  written: required("<folder>", "folder for the tasks done, which any number of workers may share", text, {
    access: "write",
  }),
  read: required("<folder>", "folder with the tasks done", text, { access: "read" }),
};

/** Where the images are on this machine. */
export const IMAGES_FLAGS = { dataDir: DATASET_FLAGS.dataDir };

/** What a store's folder holds: the same as that of `reproduce` and `converge`, and what workers and batch systems need. */
export const PLACES = { tasks: "tasks", failed: "failed", jobs: "jobs" } as const;

/** Reads a plan. */
export async function readPlan(path: string): Promise<Plan> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    throw new InvalidArgumentError(`${path}: expected a plan but found ${ioReason(error)}`);
  }
  return await parsePlan(content, path);
}

/** The finished tasks of a sweep's folder. */
export function openStore(session: Pick<Session, "notice">, folder: string): FolderStore {
  return new FolderStore(join(folder, PLACES.tasks), session.notice);
}

/** The failed tasks of a sweep's folder. */
export function openFailures(folder: string): Failures {
  return new Failures(join(folder, PLACES.failed));
}

/**
 * A laboratory for a plan's tasks, with the images that they are about.
 *
 * @param signal what ends a task in the middle
 * @throws {InvalidArgumentError} where the images that are found are not those of the plan
 */
export async function openPlanLab(
  session: Pick<Session, "device" | "notice">,
  { images, scale }: Plan,
  folder: string,
  { dataDir }: Values<typeof IMAGES_FLAGS>,
  signal?: AbortSignal,
): Promise<Laboratory> {
  if (images.local && dataDir === undefined) {
    throw new UsageError(
      `Expected --data-dir: the plan's images, ${images.dataset}, are from a folder; found none`,
    );
  }
  const dataset = await openPlanImages(session, images, dataDir), ref = await dataRef(dataset);
  if (canonicalJson(ref) !== canonicalJson(scale.common.data)) {
    const { name, images: count, sha256 } = scale.common.data;
    throw new InvalidArgumentError(
      `Expected the plan's ${count} images of ${name}, SHA-256 ${
        sha256.slice(0, 12)
      }…, but found ${ref.images} of ` +
        `${ref.name}, SHA-256 ${ref.sha256.slice(0, 12)}…`,
    );
  }
  const data = { ref, dataset };
  return new Laboratory({ device: session.device, store: openStore(session, folder), data, signal });
}

/** Where the plan says nothing of a folder, the images are generated, or in the cache since the plan was made. */
function openPlanImages(session: Pick<Session, "notice">, images: PlanImages, dataDir: string | undefined) {
  const flags = {
    dataset: images.dataset,
    dataDir,
    normalise: images.normalise as Normalise,
  } as DatasetFlags;
  return openDataset(session, flags, "the images of the plan", {
    seed: images.seed,
    ...(images.count === null ? {} : { count: images.count }),
  });
}
