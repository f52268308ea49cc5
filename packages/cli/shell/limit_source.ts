import { balancedBatch, type Batch as HostBatch } from "@graphon-limit/data";
import { DEFAULT_GRID } from "@graphon-limit/graphon";
import {
  CELL_RULES,
  DEFAULT_POSITIONS,
  type DrawnLayer,
  type Limit,
  LIMIT_ORDERS,
  limitGraphon,
  type LimitLayer,
  limitNamed,
  limitNetwork,
  LIMITS,
  takesRounds,
} from "@graphon-limit/limit";
import { ACTIVATIONS, initialiserLaw, INITIALISERS, uploadBatch } from "@graphon-limit/model";
import { SCHEDULES, SCOPES, TIE_RULES } from "@graphon-limit/pruners";
import { deriveSeed, show } from "@graphon-limit/runtime";
import { assertBatchFlags, BATCH_FLAGS, readBatchFile } from "./batch_flags.ts";
import { assertTakes } from "./method_flag.ts";
import { openDataset } from "./dataset_flags.ts";
import { optional, outputFile, type Parse, required, text, type Values, withDefault } from "./flags.ts";
import { WHICH_LAYERS } from "./graphon_source.ts";
import type { Session } from "./session.ts";
import { MOST, oneOf, positive, sparsity, UsageError, wholeNumber } from "./usage.ts";

/** The value of `--second-moments` that stands for what is no file; a file of that name is `./fan-in`. */
export const FAN_IN = "fan-in";

const limitWidth: Parse<number> = (given, flag) => {
  if (given === "infinity") return Infinity;
  if (/^\s*\d+\s*$/.test(given) && Number.isSafeInteger(Number(given)) && Number(given) > 0) {
    return Number(given);
  }
  throw new UsageError(
    `Expected ${flag} to be infinity or a whole number of at least 1 but found ${show(given)}`,
  );
};

/** Flags that say which limit to compute, and where to. */
export const LIMIT_FLAGS = {
  method: required("<name>", [...LIMITS.keys()].join(", "), oneOf([...LIMITS.keys()])),
  sparsity: required("<fraction>", "fraction of weights to remove, in [0, 1)", sparsity),
  out: required(
    "<file>",
    "safetensors file for the graphons: graphon.<i> and standard_error.<i>, F32 [K, K]; " +
      "with --layers network graphon.<i> alone, by types",
    text,
    { access: "write" },
  ),
  width: withDefault("<number>", "hidden width, or infinity", limitWidth, Infinity, { shown: "infinity" }),
  order: optional(
    "<order>",
    "strict (what stays as the width grows) or finite (what one width's networks add, too) (default: finite at a width)",
    oneOf(LIMIT_ORDERS),
  ),
  hidden: withDefault("<number>", "hidden layers", wholeNumber(1, MOST.layers), 3),
  inputs: optional("<number>", "inputs (default: the samples', else 784)", wholeNumber(1, MOST.samples)),
  classes: optional("<number>", "classes (default: the data set's, else 10)", wholeNumber(1, MOST.samples)),
  activation: withDefault("<name>", ACTIVATIONS.join(", "), oneOf(ACTIVATIONS), "relu"),
  init: withDefault("<name>", INITIALISERS.join(", "), oneOf(INITIALISERS), "he"),
  weightVariance: optional("<number>", "σ_w² of --init ntk (default: 1)", positive),
  scope: withDefault("<scope>", SCOPES.join(", "), oneOf(SCOPES), "global"),
  schedule: withDefault("<name>", SCHEDULES.join(", "), oneOf(SCHEDULES), "exponential"),
  ties: withDefault(
    "<rule>",
    "of weights whose score is the threshold: hash (so many stay as are asked for), drop (all go)",
    oneOf(TIE_RULES),
    "hash",
  ),
  rounds: optional(
    "<number>",
    describeRounds(),
    wholeNumber(1, MOST.repeats),
  ),
  types: optional(
    "<number>",
    `neurons sampled of each hidden layer (default: ${describeTypes()}; with --layers network ${DEFAULT_POSITIONS}, or all where ` +
      "--second-moments need them)",
    wholeNumber(1, MOST.samples),
  ),
  repetitions: optional(
    "<number>",
    "independent repetitions to average (default: 4)",
    wholeNumber(1, MOST.repeats),
  ),
  grid: withDefault("<number>", "cells per axis", wholeNumber(1, MOST.cells), DEFAULT_GRID),
  cells: withDefault(
    "<rule>",
    "area (equal parts) or neurons (whole ones at --width, as graphon cuts masks, to compare with these)",
    oneOf(CELL_RULES),
    "area",
  ),
  layers: withDefault(
    "<which>",
    "hidden (hidden→hidden layers), all, or network (all, neurons in one order, as ntk --graphons takes)",
    oneOf(WHICH_LAYERS),
    "hidden",
  ),
  secondMoments: optional(
    "<which>",
    "safetensors file for E[w² · kept] / σ² of the weights that made the masks, named as the graphons (with --layers " +
      `network also those weights, kept_weight.<i>, where neurons know their signs: ${describeSigns()}); or fan-in: ` +
      "those of weights drawn anew by each neuron's kept inputs, second_moment.<i> in --out",
    text,
    { access: "write" },
  ),
  figure: outputFile("heat maps as .svg or .png, sorted by degree"),
  ...BATCH_FLAGS,
};

export type LimitFlags = Values<typeof LIMIT_FLAGS>;

function describeRounds(): string {
  const limits = [...LIMITS.values()];
  const single = limits.filter((limit) => !takesRounds(limit, 2)).map(({ method }) => method.name);
  const defaults = byMethod(limits, ({ method }) => method.rounds ?? 1);
  return `rounds (default: ${defaults}; ${single.join(" and ")} have the limit of one)`;
}

function describeTypes(): string {
  return byMethod([...LIMITS.values()].filter(({ exact }) => !exact), ({ types }) => types);
}

/** The methods whose neurons know the signs of the weights that are kept. */
function describeSigns(): string {
  return [...LIMITS.values()].flatMap(({ method, tellsSigns }) => tellsSigns ? [method.name] : []).join(", ");
}

/** A number that most methods share, and those that others have: `1, 100 for synflow`. */
function byMethod(limits: readonly Limit[], numberOf: (limit: Limit) => number): string {
  const [first] = limits, common = numberOf(first);
  const others = limits.filter((limit) => numberOf(limit) !== common);
  return [common, ...others.map((limit) => `${numberOf(limit)} for ${limit.method.name}`)].join(", ");
}

/** One layer's limit: with `--layers network` the graphons and no more. */
export interface FoundLayer extends Pick<LimitLayer, "graphon" | "secondMoment"> {
  readonly index: number;
  /** That of a made network's weight. */
  readonly name: string;
  readonly density: number;
  /** Kept weights whose signs the neurons know. */
  readonly drawn?: DrawnLayer | undefined;
  /** Of `limitGraphon`: fractions of dead neurons, and the cells' errors where repetitions told them. */
  readonly more?: Pick<LimitLayer, "deadInputs" | "deadOutputs" | "standardError">;
}

/** Sizes of a network that no samples tell. */
const DEFAULT_INPUTS = 784, DEFAULT_CLASSES = 10;

function readsSamples({ method }: LimitFlags): boolean {
  return limitNamed(method).method.reads === "samples";
}

/** Says which flags do not go together. */
export function assertLimitFlags(flags: LimitFlags): void {
  const { batch, dataset } = flags;
  assertBatchFlags(flags);
  if (readsSamples(flags) && batch === undefined && dataset === undefined) {
    throw new UsageError(
      `Expected --batch or --dataset: the limit of ${flags.method} is that for its samples`,
    );
  }
  const limit = limitNamed(flags.method);
  assertTakes(limit.method, flags);
  if (!takesRounds(limit, flags.rounds)) {
    throw new UsageError(
      `Expected --rounds 1 with ${flags.method}, whose limit is known for one, or none, but found ${flags.rounds}`,
    );
  }
  if (flags.order === "finite" && flags.width === Infinity) {
    throw new UsageError("Expected --width with a number for --order finite but found infinity");
  }
  if (flags.weightVariance !== undefined && flags.init !== "ntk") {
    throw new UsageError(
      `Expected --weight-variance only with --init ntk but found --init ${flags.init}`,
    );
  }
  if (flags.repetitions !== undefined && flags.layers === "network") {
    throw new UsageError("Expected --repetitions only with --layers hidden or all but found network");
  }
  if (flags.cells === "neurons" && flags.layers === "network") {
    throw new UsageError("Expected --cells neurons only with --layers hidden or all but found network");
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
    const dataset = await openDataset(session, flags, "the images to take samples from");
    const sizes = {
      inputs: sizeOf("--inputs", flags.inputs, dataset.dimension, flags.dataset),
      classes: sizeOf("--classes", flags.classes, dataset.classes, flags.dataset),
    };
    if (!readsSamples(flags)) return { sizes };
    return { sizes, samples: balancedBatch(dataset, flags.samplesPerClass, session.seed) };
  }
  if (flags.batch === undefined) return { sizes: { inputs, classes } };
  const samples = readBatchFile(session, flags.batch);
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
  const network = { ...sizes, hidden, width, activation, initialiser, weightVariance };
  const { device, seed } = session;
  using batch = samples && readsSamples(flags) ? uploadBatch(device, samples.x, samples.y) : undefined;
  const { sparsity, scope, schedule, ties, rounds, grid, cells, order } = flags,
    types = typesOf(session, flags);
  using progress = session.progress(100, `the limit of ${method}, percent`);
  const options = {
    ...{ sparsity, scope, schedule, ties, rounds, types, batch, order, signal: session.signal },
    onProgress: (done: number, total: number) => progress.update(Math.floor(100 * done / total)),
  };
  if (flags.layers === "network") {
    // The first of the repetitions, that of limitKernel too.
    const found = await limitNetwork(device, method, network, { ...options, seed: deriveSeed(seed, 0) });
    return found.graphons.map((graphon, index) => ({
      index,
      name: nameOf(index),
      graphon,
      secondMoment: found.secondMoments[index],
      drawn: found.drawn?.[index],
      density: graphon.density,
    }));
  }
  const found = await limitGraphon(device, method, network, {
    ...options,
    grid,
    cells,
    outputDraws: flags.repetitions,
    seed,
  });
  return found.map((more, index) => ({ ...more, index, name: nameOf(index), more }))
    .filter(({ index }) => flags.layers === "all" || (index > 0 && index < hidden));
}

/** Where the second moments of kept weights go, if anywhere. */
export function momentsFile({ secondMoments }: LimitFlags): string | undefined {
  return secondMoments === FAN_IN ? undefined : secondMoments;
}

/** Whether second moments are written of weights that are kept and whose signs the neurons know. */
export function writesSigns(flags: LimitFlags): boolean {
  return momentsFile(flags) !== undefined && flags.sparsity > 0 &&
    limitNamed(flags.method).tellsSigns === true;
}

/** The most neurons of a layer that are all followed unasked: the matrices of 10,000 have 800 MB each. */
const MOST_FOLLOWED = 10_000;

/** Types as asked for, and otherwise all neurons where kept weights of known signs are to be written, which fewer cannot stand for. */
function typesOf(session: Session, flags: LimitFlags): number | undefined {
  const { types, width, order, method, layers } = flags;
  if (types !== undefined) {
    if (types > width && !limitNamed(method).exact) {
      session.notice(`--types ${types}: a layer has ${width} neurons, and these are taken`);
    }
    return types;
  }
  const wanted = layers === "network" && writesSigns(flags) && order !== "strict" && width <= MOST_FOLLOWED;
  if (!wanted) return undefined;
  session.notice(
    `all ${width} neurons of a layer are followed (--types ${width}), as the kernel of the weights that ${method} keeps needs`,
  );
  return width;
}

function nameOf(index: number): string {
  return `layers.${index}.weight`;
}

/** `σ_w²` of the initialiser, which a kernel of the graphons must be told. */
export function weightVariance({ init, weightVariance = 1 }: LimitFlags): number {
  const { distribution, scale } = initialiserLaw(init, 1, weightVariance);
  // The scale is a square root: 2, not 2.0000000000000004.
  return Number((distribution === "uniform" ? scale ** 2 / 3 : scale ** 2).toPrecision(12));
}
