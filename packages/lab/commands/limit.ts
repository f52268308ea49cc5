import { resolve } from "node:path";
import {
  balancedBatch,
  type Batch as HostBatch,
  batchFromSafetensors,
  type Dataset,
  loadDataset,
  writeFileAtomically,
} from "@graphon-limit/data";
import {
  DEFAULT_GRID,
  LIMIT_METHODS,
  limitGraphon,
  type LimitLayer,
  type LimitMethod,
  limitNetwork,
  StepGraphon,
} from "@graphon-limit/graphon";
import {
  type Activation,
  ACTIVATIONS,
  type Initialiser,
  initialiserLaw,
  INITIALISERS,
  uploadBatch,
} from "@graphon-limit/model";
import { type Schedule, SCHEDULES, type Scope, SCOPES } from "@graphon-limit/pruners";
import { deriveSeed, show } from "@graphon-limit/runtime";
import { type Command, Option } from "commander";
import { addBatchFlags, type BatchFlags } from "../cli/batch_flags.ts";
import { WHICH_LAYERS } from "../cli/graphon_source.ts";
import type { RegisterAction } from "../cli/main.ts";
import { prepareFile } from "../cli/output.ts";
import type { Session } from "../cli/session.ts";
import { number, oneOf, sparsity, UsageError, wholeNumber } from "../cli/usage.ts";
import { saveFigure } from "../figures/render.ts";
import { formatNumber } from "../report/format.ts";
import { formatTable } from "../terminal/table.ts";
import { assertFigureName, beginGraphons, graphonFigure } from "./graphon.ts";

interface LimitFlags extends BatchFlags {
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
interface FoundLayer extends Pick<LimitLayer, "graphon" | "secondMoment"> {
  readonly index: number;
  readonly density: number;
  /** Of `limitGraphon`: fractions of dead neurons, and the cells' errors where repetitions told them. */
  readonly more?: Pick<LimitLayer, "deadInputs" | "deadOutputs" | "standardError">;
}

/** Sizes of a network that no samples tell. */
const DEFAULT_INPUTS = 784, DEFAULT_CLASSES = 10;

export function addLimit(program: Command, register: RegisterAction): void {
  const command = program.command("limit")
    .description(
      "Compute the limit graphons of a pruning method, at n = ∞ or at a width, without any network.",
    )
    .requiredOption("--method <name>", LIMIT_METHODS.join(", "), oneOf("--method", LIMIT_METHODS))
    .requiredOption("--sparsity <fraction>", "fraction of weights to remove, in [0, 1)", sparsity)
    .requiredOption(
      "--out <file>",
      "safetensors file for the graphons: graphon.<i> and standard_error.<i>, F32 [K, K]; " +
        "with --layers network graphon.<i> alone, by types",
    )
    .addOption(
      new Option("--width <number>", "hidden width, or infinity").argParser(parseWidth)
        .default(Infinity, "infinity"),
    )
    .option("--hidden <number>", "hidden layers", wholeNumber("--hidden", 1), 3)
    .option("--inputs <number>", "inputs (default: the samples', else 784)", wholeNumber("--inputs", 1))
    .option("--classes <number>", "classes (default: the data set's, else 10)", wholeNumber("--classes", 1))
    .option("--activation <name>", ACTIVATIONS.join(", "), oneOf("--activation", ACTIVATIONS), "relu")
    .option("--init <name>", INITIALISERS.join(", "), oneOf("--init", INITIALISERS), "he")
    .option(
      "--weight-variance <number>",
      "σ_w² of --init ntk (default: 1)",
      number("--weight-variance", "a positive number", (value) => value > 0),
    )
    .option("--scope <scope>", SCOPES.join(", "), oneOf("--scope", SCOPES), "global")
    .option("--schedule <name>", SCHEDULES.join(", "), oneOf("--schedule", SCHEDULES), "exponential")
    .option(
      "--rounds <number>",
      "rounds of synflow (default: 100; the others have the limit of one)",
      wholeNumber("--rounds", 1),
    )
    .option(
      "--types <number>",
      "neurons sampled of each hidden layer (default: 4000, 1000 for synflow; with --layers network 500)",
      wholeNumber("--types", 1),
    )
    .option(
      "--repetitions <number>",
      "independent repetitions to average (default: 4)",
      wholeNumber("--repetitions", 1),
    )
    .option("--grid <number>", "cells per axis", wholeNumber("--grid", 1), DEFAULT_GRID)
    .option(
      "--layers <which>",
      "hidden (hidden→hidden layers), all, or network (all, neurons in one order, as ntk --graphons takes)",
      oneOf("--layers", WHICH_LAYERS),
      "hidden",
    )
    .option("--second-moments <file>", "safetensors file for E[w² · kept] / σ², named as the graphons")
    .option("--figure <file>", "heat maps as .svg or .png, sorted by degree");
  addBatchFlags(command).addHelpText(
    "after",
    "\nExamples:\n  deno task cli limit --method snip --sparsity 0.8 --dataset digits --out out/limit.safetensors \\\n" +
      "    --figure out/limit.svg\n" +
      "  deno task cli limit --method synflow --sparsity 0.8 --width 512 --layers network \\\n" +
      "    --out out/limit.safetensors --second-moments out/moments.safetensors",
  );
  register<LimitFlags>(command, async (session, flags) => {
    assertFlags(flags);
    const { sizes, samples } = await readSizes(session, flags);
    using _out = prepareFile(flags.out);
    using _moments = flags.secondMoments === undefined ? undefined : prepareFile(flags.secondMoments);
    using _figure = flags.figure === undefined ? undefined : prepareFile(flags.figure);
    const layers = await findLayers(session, flags, sizes, samples);
    await writeLayers(flags, layers);
    report(session, flags, sizes, layers);
  });
}

function parseWidth(text: string): number {
  if (text === "infinity") return Infinity;
  if (/^\s*\d+\s*$/.test(text) && Number.isSafeInteger(Number(text)) && Number(text) > 0) return Number(text);
  throw new UsageError(
    `Expected --width to be infinity or a whole number of at least 1 but found ${show(text)}`,
  );
}

function readsSamples({ method }: LimitFlags): boolean {
  return method === "snip" || method === "grasp";
}

/** Says which flags do not go together. */
function assertFlags(flags: LimitFlags): void {
  assertFigureName(flags.figure);
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

interface Sizes {
  readonly inputs: number;
  readonly classes: number;
}

/** The network's inputs and classes, from the samples where there are any, and the samples where the method reads them. */
async function readSizes(
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
  const samples = batchFromSafetensors(flags.batch);
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

async function findLayers(
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

/** Writes all files or, where one fails, none: the figure, whose drawing may fail, comes first. */
async function writeLayers(flags: LimitFlags, layers: readonly FoundLayer[]): Promise<void> {
  using graphons = beginGraphons(
    flags.out,
    layers.flatMap(({ index, graphon, more }) => [
      { ...graphon, name: `graphon.${index}` },
      ...(more?.standardError
        ? [{ ...graphon, name: `standard_error.${index}`, values: more.standardError }]
        : []),
    ]),
  );
  using moments = flags.secondMoments === undefined ? undefined : beginGraphons(
    flags.secondMoments,
    layers.map(({ index, secondMoment }) => ({ ...secondMoment, name: `graphon.${index}` })),
  );
  if (flags.figure !== undefined) {
    const maps = layers.map(({ index, graphon }) => ({
      name: `layer ${index}`,
      graphon: flags.layers === "network" ? byDegree(graphon) : graphon,
    }));
    await saveFigure(flags.figure, graphonFigure(flags.method, maps, flags.grid), writeFileAtomically);
  }
  moments?.close();
  graphons.close();
}

/** A graphon with both axes sorted by descending degree. */
function byDegree(graphon: StepGraphon): StepGraphon {
  const { rows, cols, values } = graphon, { outputs, inputs } = graphon.degrees();
  const order = (degrees: Float64Array) =>
    [...degrees.keys()].sort((a, b) => degrees[b] - degrees[a] || a - b);
  const columns = order(inputs);
  return new StepGraphon(
    rows,
    cols,
    Float64Array.from(order(outputs).flatMap((row) => columns.map((column) => values[row * cols + column]))),
  );
}

function report(session: Session, flags: LimitFlags, sizes: Sizes, found: readonly FoundLayer[]): void {
  const { method, sparsity, scope, activation, init, width, hidden, out, secondMoments } = flags;
  const layers = found.map(({ index, graphon, density, more }) => {
    const [min, max] = graphon.range, shape = [graphon.rows, graphon.cols];
    return { index, shape, density, min, max, ...(more ? fractionsOf(more) : {}) };
  });
  const variance = weightVariance(flags), network = flags.layers === "network";
  const titles = network ? ["layer", "shape", "density", "least cell", "largest cell"] : [
    "layer",
    "density",
    "least cell",
    "largest cell",
    "dead inputs",
    "dead outputs",
    "largest standard error",
  ];
  const rows = layers.map(({ index, shape, density, min, max, deadInputs, deadOutputs, standardError }) => {
    const cells = [density, min, max].map((x) => formatNumber(x));
    if (network) return [index, shape.join("×"), ...cells];
    return [index, ...cells, ...[deadInputs, deadOutputs, standardError].map((x) => formatNumber(x ?? NaN))];
  });
  session.result(
    {
      method,
      sparsity,
      scope,
      network: { ...sizes, hidden, width: width === Infinity ? "infinity" : width, activation, init },
      weightVariance: variance,
      device: session.device.info.kind,
      layers,
      seconds: session.seconds,
    },
    formatTable(titles.map((title) => ({ title, align: "right" as const })), rows) +
      `\n${method} at n = ${formatNumber(width)}: graphons in ${out}` +
      (secondMoments === undefined ? "" : `, second moments in ${secondMoments}`) +
      (network ? `; for ntk, --weight-variance ${formatNumber(variance)} --activation ${activation}` : ""),
  );
}

/** What is reported beside a layer's cells; of the cells' errors the largest, `null` for a single repetition. */
function fractionsOf({ deadInputs, deadOutputs, standardError }: NonNullable<FoundLayer["more"]>) {
  const largest = standardError?.reduce((most, value) => Math.max(most, value), 0) ?? null;
  return { deadInputs, deadOutputs, standardError: largest };
}

/** `σ_w²` of the initialiser, which a kernel of the graphons must be told. */
function weightVariance({ init, weightVariance = 1 }: LimitFlags): number {
  const { distribution, scale } = initialiserLaw(init, 1, weightVariance);
  // The scale is a square root: 2, not 2.0000000000000004.
  return Number((distribution === "uniform" ? scale ** 2 / 3 : scale ** 2).toPrecision(12));
}
