import { createHash } from "node:crypto";
import type { Dataset } from "@graphon-limit/data";
import { assertSamples, type Network, type OwnedBatch, uploadBatch } from "@graphon-limit/model";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { assertBatchFlags, readBatchFile } from "./batch_flags.ts";
import { DATASET_FLAGS, openDataset } from "./dataset_flags.ts";
import { inputFile, type Values } from "./flags.ts";
import type { Session } from "./session.ts";
import { UsageError } from "./usage.ts";

/** Flags that say what to train on. */
export const TRAINING_DATA_FLAGS = {
  batch: inputFile("file with samples to train on instead of a data set: x [N,d] and y [N]"),
  ...DATASET_FLAGS,
};

export type TrainingDataFlags = Values<typeof TRAINING_DATA_FLAGS>;

/** What a network is trained on and, where it is to be evaluated, what it is not; the caller's to dispose of. */
export interface TrainingData extends Disposable {
  readonly data: OwnedBatch;
  readonly heldOut: OwnedBatch | undefined;
  /** The data set, where it is one. */
  readonly dataset: Dataset | undefined;
  /** The digest of what it is trained on, where that is wanted. */
  readonly digest: string | undefined;
}

interface Samples {
  readonly x: Float32Array;
  readonly y: Uint8Array;
  readonly dimension: number;
}

/** Where there is no data of its own to evaluate on, the last tenth of the rows is held back. */
const HELD_BACK = 0.1;

/** Says which flags for the data do not go together. */
export function assertDataFlags(flags: TrainingDataFlags): void {
  assertBatchFlags(flags);
  if (flags.batch === undefined && flags.dataset === undefined) {
    throw new UsageError("Expected --dataset or --batch: what to train on");
  }
}

/**
 * Brings the samples to the device, checked against the network.
 *
 * @param seed of generated digits
 * @param evaluated whether data to evaluate on is wanted: the data set's test files or, where there are none, its last rows
 * @param first take only so many rows
 * @param split of a data set, to train on
 * @param digested whether the digest of the samples is wanted
 */
export async function openTrainingData(
  session: Session,
  network: Network,
  flags: TrainingDataFlags,
  { seed, evaluated, first, split = "train", digested = false }: {
    seed: number;
    evaluated: boolean;
    first?: number;
    split?: "train" | "test";
    digested?: boolean;
  },
): Promise<TrainingData> {
  const load = (split: "train" | "test") => openDataset(session, flags, "what to train on", { seed, split });
  let dataset: Dataset | undefined, training: Samples, heldOut: Samples | undefined;
  if (flags.batch !== undefined) training = readBatchFile(session, flags.batch);
  else {
    dataset = await load(split);
    training = samplesOf(dataset);
    const test = evaluated ? await load("test") : undefined;
    // A folder with test files alone gives the same images twice.
    if (test && test.source !== dataset.source) heldOut = samplesOf(test);
  }
  if (evaluated && !heldOut) {
    const count = Math.max(1, Math.floor(HELD_BACK * training.y.length)), kept = training.y.length - count;
    if (kept < 1) {
      throw new InvalidArgumentError("Expected at least two samples, one to evaluate on, but found one");
    }
    heldOut = rowsOf(training, kept, training.y.length);
    training = rowsOf(training, 0, kept);
    session.notice(`no test files; evaluating on the last ${count} rows, which are not trained on`);
  }
  if (first !== undefined) {
    if (first > training.y.length) {
      throw new InvalidArgumentError(`Expected at least ${first} samples but found ${training.y.length}`);
    }
    training = rowsOf(training, 0, first);
  }
  using opened = new DisposableStack();
  const upload = (samples: Samples) => {
    assertSamples(network, samples);
    return opened.use(uploadBatch(session.device, samples.x, samples.y));
  };
  const data = upload(training), other = heldOut && upload(heldOut), kept = opened.move();
  const digest = digested ? digestOf(training) : undefined;
  return { data, heldOut: other, dataset, digest, [Symbol.dispose]: () => kept.dispose() };
}

/** What tells samples from others, and from the same ones in another order. */
function digestOf({ x, y }: Samples): string {
  return createHash("sha256").update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength)).update(y)
    .digest("hex");
}

function samplesOf({ images: x, labels: y, dimension }: Dataset): Samples {
  return { x, y, dimension };
}

function rowsOf({ x, y, dimension }: Samples, from: number, to: number): Samples {
  return { x: x.subarray(from * dimension, to * dimension), y: y.subarray(from, to), dimension };
}
