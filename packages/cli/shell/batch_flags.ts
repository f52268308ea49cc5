import { balancedBatch, type Batch as HostBatch, openTensors, readBatch } from "@graphon-limit/data";
import { assertSamples, type Network, type OwnedBatch, uploadBatch } from "@graphon-limit/model";
import { assertDatasetFlags, DATASET_FLAGS, type DatasetFlags, openDataset } from "./dataset_flags.ts";
import { inputFile, type Values, withDefault } from "./flags.ts";
import type { Session } from "./session.ts";
import { MOST, UsageError, wholeNumber } from "./usage.ts";

/** How many samples of a data set are a batch. */
export const SAMPLES_FLAG = {
  samplesPerClass: withDefault(
    "<number>",
    "samples of each class of the data set",
    wholeNumber(1, MOST.samples),
    10,
  ),
};

/** Flags that say which samples to read: a batch in a file, or some of a data set. */
export const BATCH_FLAGS = {
  batch: inputFile("file with samples x [B,d] or [B,C,H,W] and labels y [B]: safetensors, .npz"),
  ...DATASET_FLAGS,
  ...SAMPLES_FLAG,
};

export type BatchFlags = Values<typeof BATCH_FLAGS>;

/** Says which flags for samples do not go together. */
export function assertBatchFlags(flags: DatasetFlags & { readonly batch?: string }): void {
  if (flags.batch !== undefined && flags.dataset !== undefined) {
    throw new UsageError("Expected either --batch or --dataset but found both");
  }
  assertDatasetFlags(flags);
}

/** The batch the flags ask for, on the device, checked against the network; undefined where none is asked for. */
export async function openBatch(
  session: Session,
  flags: BatchFlags,
  network: Network,
): Promise<OwnedBatch | undefined> {
  assertBatchFlags(flags);
  if (flags.batch === undefined && flags.dataset === undefined) return undefined;
  const { x, y, dimension } = flags.batch !== undefined
    ? readBatchFile(session, flags.batch)
    : await chooseSamples(session, flags);
  assertSamples(network, { y, dimension });
  return uploadBatch(session.device, x, y);
}

/** Channels, height and width of the samples in a file, where there is one that says so. */
export function imageOfFile(path: string | undefined): readonly number[] | undefined {
  if (path === undefined) return undefined;
  using file = openTensors(path);
  const [, ...sample] = file.has("x") ? file.info("x").shape : [];
  return sample.length === 3 ? sample : sample.length === 2 ? [1, ...sample] : undefined;
}

/** The samples of a file, with what there is to say of them said. */
export function readBatchFile(session: Session, path: string): HostBatch {
  const { notices, ...batch } = readBatch(path);
  for (const line of notices) session.notice(line);
  return batch;
}

async function chooseSamples(session: Session, flags: BatchFlags): Promise<HostBatch> {
  const dataset = await openDataset(session, flags, "the images to take samples from");
  return balancedBatch(dataset, flags.samplesPerClass, session.seed);
}
