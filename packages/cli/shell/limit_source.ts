import { resolve } from "node:path";
import {
  balancedBatch,
  type Batch as HostBatch,
  type Dataset,
  loadDataset,
  readBatch,
} from "@graphon-limit/data";
import { limitGraphon, type LimitLayer, type LimitMethod, limitNetwork } from "@graphon-limit/limit";
import { type Activation, type Initialiser, initialiserLaw, uploadBatch } from "@graphon-limit/model";
import type { Schedule, Scope } from "@graphon-limit/pruners";
import { deriveSeed } from "@graphon-limit/runtime";
import type { BatchFlags } from "./batch_flags.ts";
import type { WHICH_LAYERS } from "./graphon_source.ts";
import type { Session } from "./session.ts";
import { UsageError } from "./usage.ts";

/** Flags that say which limit to compute, and where to. */
export interface LimitFlags extends BatchFlags {
  readonly method: LimitMethod;
  readonly sparsity: number;
  readonly width: number;
  readonly hidden: number;
  readonly inputs?: number;
  readonly classes?: number;
  readonly activation: Activation;
  readonly init: Initialiser;
  readonly weightVariance?: number;
  readonly scope: Scope;
  readonly schedule: Schedule;
  readonly rounds?: number;
  readonly types?: number;
  readonly repetitions?: number;
  readonly grid: number;
  readonly layers: typeof WHICH_LAYERS[number];
  readonly out: string;
  readonly secondMoments?: string;
  readonly figure?: string;
}

/** One layer's limit: with `--layers network` the graphons and no more. */
export interface FoundLayer extends Pick<LimitLayer, "graphon" | "secondMoment"> {
  readonly index: number;
  readonly density: number;
  /** Of `limitGraphon`: fractions of dead neurons, and the cells' errors where repetitions told them. */
  readonly more?: Pick<LimitLayer, "deadInputs" | "deadOutputs" | "standardError">;
}

/** Sizes of a network that no samples tell. */
const DEFAULT_INPUTS = 784, DEFAULT_CLASSES = 10;

function readsSamples({ method }: LimitFlags): boolean {
  return method === "snip" || method === "grasp";
}

/** Says which flags do not go together. */
export function assertLimitFlags(flags: LimitFlags): void {
  const { out, secondMoments, figure, batch, dataset } = flags;
  const paths = [out, secondMoments, figure].filter((path) => path !== undefined).map((path) =>
    resolve(path)
  );
  if (new Set(paths).size < paths.length) {
    throw new UsageError("Expected --out, --second-moments and --figure to be different files");
  }
  if (batch !== undefined && dataset !== undefined) {
    throw new UsageError("Expected either --batch or --dataset but found both");
  }
  if (flags.dataDir !== undefined && dataset === undefined) {
    throw new UsageError("Expected --dataset with --data-dir but found none");
  }
  if (readsSamples(flags) && batch === undefined && dataset === undefined) {
    throw new UsageError(
      `Expected --batch or --dataset: the limit of ${flags.method} is that for its samples`,
    );
  }
  if (flags.weightVariance !== undefined && flags.init !== "ntk") {
    throw new UsageError(
      `Expected --weight-variance only with --init ntk but found --init ${flags.init}`,
    );
  }
  if (flags.repetitions !== undefined && flags.layers === "network") {
    throw new UsageError("Expected --repetitions only with --layers hidden or all but found network");
  }
  if (flags.layers === "hidden" && flags.hidden < 2) {
    throw new UsageError(
      `Expected --hidden of at least 2 for a hidden→hidden layer but found ${flags.hidden}; use --layers all`,
    );
  }
}

/** What a network's weights do not tell of its ends. */
export interface Sizes {
  readonly inputs: number;
  readonly classes: number;
}

/** The network's inputs and classes, from the samples where there are any, and the samples where the method reads them. */
export async function readSizes(
  session: Session,
  flags: LimitFlags,
): Promise<{ sizes: Sizes; samples?: HostBatch }> {
  const { inputs = DEFAULT_INPUTS, classes = DEFAULT_CLASSES } = flags;
  if (flags.dataset !== undefined) {
    const dataset: Dataset = await loadDataset(flags.dataset, {
      dataDir: flags.dataDir,
      seed: session.flags.seed,
      onNotice: session.notice,
    });
    const sizes = {
      inputs: sizeOf("--inputs", flags.inputs, dataset.dimension, flags.dataset),
      classes: sizeOf("--classes", flags.classes, dataset.classes, flags.dataset),
    };
    if (!readsSamples(flags)) return { sizes };
    return { sizes, samples: balancedBatch(dataset, flags.samplesPerClass, session.seed) };
  }
  if (flags.batch === undefined) return { sizes: { inputs, classes } };
  const samples = readBatch(flags.batch);
  const largest = samples.y.reduce((most, label) => Math.max(most, label), 0);
  if (largest >= classes) {
    throw new UsageError(
      `Expected --classes above ${largest}, the largest label in ${flags.batch}, but found ${classes}`,
    );
  }
  return {
    sizes: { inputs: sizeOf("--inputs", flags.inputs, samples.dimension, flags.batch), classes },
    samples,
  };
}

/** What the samples say of a size, which a flag must not contradict. */
function sizeOf(flag: string, given: number | undefined, found: number, whose: string): number {
  if (given !== undefined && given !== found) {
    throw new UsageError(`Expected ${flag} to be ${found}, as in ${whose}, or left out but found ${given}`);
  }
  return found;
}

/** The limit's layers that the flags ask for. */
export async function findLayers(
  session: Session,
  flags: LimitFlags,
  sizes: Sizes,
  samples: HostBatch | undefined,
): Promise<FoundLayer[]> {
  const { method, hidden, width, activation, init: initialiser, weightVariance } = flags;
  const network = {
    ...sizes,
    hidden,
    width,
    activation,
    initialiser,
    ...(weightVariance === undefined ? {} : { weightVariance }),
  };
  const { device, seed } = session;
  using batch = samples && readsSamples(flags) ? uploadBatch(device, samples.x, samples.y) : undefined;
  const options = {
    sparsity: flags.sparsity,
    scope: flags.scope,
    schedule: flags.schedule,
    ...(flags.rounds === undefined ? {} : { rounds: flags.rounds }),
    ...(flags.types === undefined ? {} : { types: flags.types }),
    ...(batch ? { batch } : {}),
  };
  using progress = session.progress(1, `the limit of ${method}`);
  if (flags.layers === "network") {
    // The first of the repetitions, that of limitKernel too.
    const found = await limitNetwork(device, method, network, { ...options, seed: deriveSeed(seed, 0) });
    progress.update(1);
    return found.graphons.map((graphon, index) => ({
      index,
      graphon,
      secondMoment: found.secondMoments[index],
      density: graphon.density,
    }));
  }
  const found = await limitGraphon(device, method, network, {
    ...options,
    grid: flags.grid,
    ...(flags.repetitions === undefined ? {} : { outputDraws: flags.repetitions }),
    seed,
  });
  progress.update(1);
  return found.map((more, index) => ({ ...more, index, more }))
    .filter(({ index }) => flags.layers === "all" || (index > 0 && index < hidden));
}

/** `σ_w²` of the initialiser, which a kernel of the graphons must be told. */
export function weightVariance({ init, weightVariance = 1 }: LimitFlags): number {
  const { distribution, scale } = initialiserLaw(init, 1, weightVariance);
  // The scale is a square root: 2, not 2.0000000000000004.
  return Number((distribution === "uniform" ? scale ** 2 / 3 : scale ** 2).toPrecision(12));
}
