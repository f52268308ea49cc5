import { balancedBatch, type Dataset } from "@graphon-limit/data";
import { fitRate, GraphonTrials, measureDistance, sortAndSmooth } from "@graphon-limit/graphon";
import {
  type Activation,
  initialise,
  type Initialiser,
  uploadBatch,
  type WeightStorage,
} from "@graphon-limit/model";
import { prune, type Pruner, type Schedule, type Scope } from "@graphon-limit/pruners";
import { deriveSeed, type Device, InvalidArgumentError, type Seed } from "@graphon-limit/runtime";
import { hasLimit, limitTrials } from "./convergence_limit.ts";

/** What a convergence run does (protocols F1, F4, R1 of the experiments page). */
export interface ConvergenceOptions {
  readonly device: Device;
  readonly pruners: readonly Pruner[];
  /** Hidden widths to measure; every hidden layer has the same. */
  readonly widths: readonly number[];
  /** The width whose average histogram all others are measured against. */
  readonly reference: number;
  /** Hidden layers. */
  readonly hidden: number;
  /** Weight matrix whose mask is looked at, from 0; 1 is the first hidden→hidden one. */
  readonly layer: number;
  readonly sparsity: number;
  readonly scope: Scope;
  readonly schedule: Schedule;
  readonly rounds?: number;
  /** Independent networks, batches and masks per method and width. */
  readonly trials: number;
  readonly grid: number;
  readonly initialiser: Initialiser;
  readonly activation: Activation;
  readonly dataset: Dataset;
  readonly samplesPerClass: number;
  readonly seed: Seed;
  /** How a network's weights are stored, which does not change its masks; kept unless given. */
  readonly storage?: (pruner: Pruner, widths: readonly number[]) => WeightStorage;
  /** Measure the distance to the method's own limit too, where that is known. */
  readonly limit?: boolean;
  /** Called before each unit of work (one trial of one method at one width) and once after the last. */
  readonly onUnit?: (done: number, total: number, what: string) => void;
}

/** One line of the convergence table. */
export interface ConvergenceRow {
  readonly method: string;
  readonly width: number;
  readonly layer: number;
  readonly trials: number;
  /** Euclidean distance of the average histogram to that of the reference width; 0 at the reference itself. */
  readonly distance: number;
  /** The distance that sampling noise alone makes expected. */
  readonly noiseFloor: number;
  readonly debiased: number;
  /** The same to the limit graphon at the width's layer sizes; absent where it was not asked for or is not known. */
  readonly limitDistance?: number;
  readonly limitNoiseFloor?: number;
  readonly limitDebiased?: number;
  /** Average edge density of the layer. */
  readonly density: number;
  /** Average fraction of the layer's inputs, and of its outputs, that kept no weight at all. */
  readonly deadInputs: number;
  readonly deadOutputs: number;
}

/** How a method's distance falls with width, `n^(−α)`. */
export interface ConvergenceRate {
  readonly method: string;
  readonly to: "reference" | "limit";
  readonly exponent: number;
  /** Undefined where the fit rests on two widths. */
  readonly standardError: number | undefined;
}

/** What {@linkcode runConvergence} measured. */
export interface ConvergenceResult {
  /** By method, then by ascending width. */
  readonly rows: readonly ConvergenceRow[];
  /** Of the debiased distances, for each method that has them at two widths or more. */
  readonly rates: readonly ConvergenceRate[];
  /** Average histograms, `[grid, grid]` row-major, in the order of `rows`. */
  readonly histograms: readonly Float64Array[];
  /** The same of the limit graphons, where they were asked for and are known. */
  readonly limits: readonly (Float64Array | undefined)[];
  readonly grid: number;
  readonly reference: number;
}

/** What is gathered over the trials of one method at one width. */
interface Configuration {
  readonly method: string;
  readonly width: number;
  readonly trials: GraphonTrials;
  limit?: GraphonTrials;
  deadInputs: number;
  deadOutputs: number;
}

/**
 * Prunes networks of growing width, averages the histograms of one layer's masks over trials, and measures each width's
 * distance to the reference width. All methods prune the same networks on the same batches; widths and trials are
 * independent of each other.
 */
export async function runConvergence(options: ConvergenceOptions): Promise<ConvergenceResult> {
  const { pruners, hidden, layer, trials, grid, reference } = options;
  if (layer > hidden) {
    throw new InvalidArgumentError(
      `Expected a layer of 0 to ${hidden}, a network's weight matrices, but found ${layer}`,
    );
  }
  const widths = [...new Set([...options.widths, reference])].sort((a, b) => a - b);
  const configurations = pruners.map(({ name: method }) =>
    widths.map((width): Configuration => ({
      method,
      width,
      trials: new GraphonTrials(grid),
      deadInputs: 0,
      deadOutputs: 0,
    }))
  );

  const limited = options.limit
    ? configurations.flat().filter(({ method }) => hasLimit(method, options.rounds))
    : [];
  const total = pruners.length * widths.length * trials + limited.length;
  let done = 0;
  for (const [widthIndex, width] of widths.entries()) {
    for (let trial = 0; trial < trials; trial++) {
      for (const [methodIndex, pruner] of pruners.entries()) {
        options.onUnit?.(done++, total, `${pruner.name}, width ${width}, trial ${trial + 1}`);
        await runTrial(options, pruner, width, trial, configurations[methodIndex][widthIndex]);
      }
    }
  }
  for (const configuration of limited) {
    const { method, width } = configuration;
    if (!hasLimit(method, options.rounds)) continue;
    options.onUnit?.(done++, total, `${method}, width ${width}, limit`);
    configuration.limit = await limitTrials(options, method, width);
  }
  options.onUnit?.(total, total, "done");
  return { ...measure(options, configurations), grid, reference };
}

/** Prunes one network and adds its histogram to its configuration. */
async function runTrial(
  options: ConvergenceOptions,
  pruner: Pruner,
  width: number,
  trial: number,
  configuration: Configuration,
): Promise<void> {
  const { device, dataset, layer, grid } = options;
  const seed = deriveSeed(options.seed, width, trial);
  const widths = layerWidths(options, width);
  using mlp = initialise(device, widths, options.initialiser, {
    activation: options.activation,
    seed,
    weights: options.storage?.(pruner, widths) ?? "kept",
  });
  const samples = balancedBatch(dataset, options.samplesPerClass, seed);
  using batch = uploadBatch(device, samples.x, samples.y);
  const { sparsity, scope, schedule, rounds } = options;
  await prune(mlp, pruner, { sparsity, scope, schedule, rounds, batch, seed });
  const mask = mlp.masks[layer];
  if (!mask) {
    throw new InvalidArgumentError(
      `Expected a sparsity that removes weights at width ${width} but found ${sparsity}`,
    );
  }
  const estimate = await sortAndSmooth(mask, grid);
  configuration.trials.add(estimate.graphon);
  configuration.deadInputs += estimate.deadInputs / mask.cols / options.trials;
  configuration.deadOutputs += estimate.deadOutputs / mask.rows / options.trials;
}

/** The widths of a network: the data set's inputs, `hidden` layers of one width, its classes. */
export function layerWidths(
  { dataset, hidden }: Pick<ConvergenceOptions, "dataset" | "hidden">,
  width: number,
): number[] {
  return [dataset.dimension, ...new Array<number>(hidden).fill(width), dataset.classes];
}

function measure(
  options: ConvergenceOptions,
  configurations: readonly Configuration[][],
): Pick<ConvergenceResult, "rows" | "rates" | "histograms" | "limits"> {
  const rows: ConvergenceRow[] = [], histograms: Float64Array[] = [];
  const limits: (Float64Array | undefined)[] = [];
  const entries = (width: number) => {
    const widths = layerWidths(options, width);
    return widths[options.layer + 1] * widths[options.layer] / options.grid ** 2;
  };
  for (const ofMethod of configurations) {
    const reference = ofMethod.find(({ width }) => width === options.reference)!;
    for (const { method, width, trials, limit, deadInputs, deadOutputs } of ofMethod) {
      const mean = trials.mean;
      // An exact limit has no noise: as many entries as one likes.
      const toLimit = limit &&
        measureDistance(trials, limit, [entries(width), limit.count > 1 ? 1 : Infinity]);
      rows.push({
        method,
        width,
        layer: options.layer,
        trials: trials.count,
        ...measureDistance(trials, reference.trials, [entries(width), entries(options.reference)]),
        ...(toLimit
          ? {
            limitDistance: toLimit.distance,
            limitNoiseFloor: toLimit.noiseFloor,
            limitDebiased: toLimit.debiased,
          }
          : {}),
        density: mean.density,
        deadInputs,
        deadOutputs,
      });
      histograms.push(mean.values);
      limits.push(limit?.mean.values);
    }
  }
  return { rows, rates: fitRates(rows, options.reference, options.grid), histograms, limits };
}

/** The rates of the debiased distances, those of the reference to itself left out. */
function fitRates(rows: readonly ConvergenceRow[], reference: number, grid: number): ConvergenceRate[] {
  const rates: ConvergenceRate[] = [];
  for (const method of new Set(rows.map((row) => row.method))) {
    const own = rows.filter((row) => row.method === method);
    const series = {
      reference: own.filter(({ width }) => width !== reference)
        .map(({ width, debiased, noiseFloor }) => ratePoint(width, debiased, noiseFloor, grid)),
      limit: own.map(({ width, limitDebiased = 0, limitNoiseFloor = 0 }) =>
        ratePoint(width, limitDebiased, limitNoiseFloor, grid)
      ),
    };
    for (const to of ["reference", "limit"] as const) {
      const points = series[to].filter(({ distance }) => distance > 0);
      if (points.length < 2) continue;
      const known = points.every(({ standardError }) => standardError > 0);
      const { exponent, standardError } = fitRate(
        known ? points : points.map(({ n, distance }) => ({ n, distance })),
      );
      rates.push({ method, to, exponent, standardError });
    }
  }
  return rates;
}

/**
 * A debiased distance δ with its standard error: noise of floor f spread evenly over g² independent cells gives δ² the
 * variance `(2f⁴ + 4δ²f²)/g²`. A distance lost in the noise then says as little about the rate as it knows.
 */
function ratePoint(n: number, distance: number, noiseFloor: number, grid: number) {
  const variance = (2 * noiseFloor ** 4 + 4 * distance ** 2 * noiseFloor ** 2) / grid ** 2;
  return { n, distance, standardError: distance > 0 ? Math.sqrt(variance) / (2 * distance) : 0 };
}
