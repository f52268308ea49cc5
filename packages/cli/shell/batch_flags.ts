import {
  balancedBatch,
  type Batch as HostBatch,
  DATASET_NAMES,
  loadDataset,
  readBatch,
} from "@graphon-limit/data";
import { type OwnedBatch, uploadBatch } from "@graphon-limit/model";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import type { Command } from "commander";
import type { NamedNetwork } from "./network_flags.ts";
import type { Session } from "./session.ts";
import { oneOf, UsageError, wholeNumber } from "./usage.ts";

/** Flags that say which samples to read: a batch in a file, or some of a data set. */
export interface BatchFlags {
  readonly batch?: string;
  readonly dataset?: string;
  readonly dataDir?: string;
  readonly samplesPerClass: number;
}

export function addBatchFlags(command: Command): Command {
  return addDatasetFlags(
    command.option("--batch <file>", "safetensors file with x F32 [B,d] and y integers [B]"),
  )
    .option(
      "--samples-per-class <number>",
      "samples of each class of the data set",
      wholeNumber("--samples-per-class", 1),
      10,
    );
}

export function addDatasetFlags(command: Command): Command {
  return command
    .option("--dataset <name>", DATASET_NAMES.join(", "), oneOf("--dataset", DATASET_NAMES))
    .option("--data-dir <folder>", "folder with the data set's files; without it they are downloaded once");
}

/** The batch the flags ask for, on the device, checked against the network; undefined where none is asked for. */
export async function openBatch(
  session: Session,
  flags: BatchFlags,
  { mlp }: NamedNetwork,
): Promise<OwnedBatch | undefined> {
  if (flags.batch !== undefined && flags.dataset !== undefined) {
    throw new UsageError("Expected either --batch or --dataset but found both");
  }
  if (flags.dataDir !== undefined && flags.dataset === undefined) {
    throw new UsageError("Expected --dataset with --data-dir but found none");
  }
  if (flags.batch === undefined && flags.dataset === undefined) return undefined;
  const host = flags.batch !== undefined ? await readBatch(flags.batch) : await chooseSamples(session, flags);
  const [inputs, outputs] = [mlp.widths[0], mlp.widths[mlp.widths.length - 1]];
  if (host.dimension !== inputs) {
    throw new InvalidArgumentError(
      `Expected samples of ${inputs} numbers, the network's inputs, but found ${host.dimension}`,
    );
  }
  const largest = host.y.reduce((most, label) => Math.max(most, label), 0);
  if (largest >= outputs) {
    throw new InvalidArgumentError(
      `Expected labels below ${outputs}, the network's outputs, but found ${largest}`,
    );
  }
  return uploadBatch(session.device, host.x, host.y);
}

async function chooseSamples(session: Session, flags: BatchFlags): Promise<HostBatch> {
  const dataset = await loadDataset(flags.dataset!, {
    dataDir: flags.dataDir,
    seed: session.flags.seed,
    onNotice: session.notice,
  });
  return balancedBatch(dataset, flags.samplesPerClass, session.seed);
}
