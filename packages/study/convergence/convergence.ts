import {
  debiasedDistance,
  entriesPerCell,
  type GraphonTrials,
  measureDistance,
} from "@graphon-limit/graphon";
import type { LimitOrder } from "@graphon-limit/limit";
import { InvalidArgumentError } from "@graphon-limit/runtime";
import { hasLimit, limitHistogram, limitRepetitions, limitTrials } from "../kinds/limit_histogram.ts";
import { layerTrials, maskHistogram } from "../kinds/mask_histogram.ts";
import { type NetworkParams, networkWidths } from "../kinds/network.ts";
import { estimate } from "../statistics/estimate.ts";
import { type WidthRate, widthRate } from "../statistics/width_rate.ts";
import type { Lab } from "../tasks/lab.ts";
import { runTasks, type RunTasksOptions } from "../tasks/run_tasks.ts";
import type { Task } from "../tasks/task.ts";

/** What a study of convergence asks (protocols F1, F4, R1 of the experiments page). */
export interface ConvergenceQuestion {
  /** All that the networks have in common. */
  readonly network: Omit<NetworkParams, "trial" | "method" | "module" | "width">;
  readonly methods: readonly Pick<NetworkParams, "method" | "module">[];
  /** Hidden widths to measure; every hidden layer has the same. */
  readonly widths: readonly number[];
  /** The width whose average histogram all others are measured against. */
  readonly reference: number;
  /** Weight matrix whose mask is looked at, from 0; 1 is the first hidden→hidden one. */
  readonly layer: number;
  /** Independent networks, batches and masks per method and width. */
  readonly trials: number;
  /** Cells per axis. */
  readonly grid: number;
  /** Measure the distance to the method's own limit too, where that is known. */
  readonly limit: boolean;
  /** What that limit takes into account. */
  readonly order: LimitOrder;
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
  /** The ends of the 95 % interval of `debiased`; absent at the reference itself, and of a single trial. */
  readonly low?: number;
  readonly high?: number;
  /** The same to the limit graphon at the width's layer sizes; absent where it was not asked for or is not known. */
  readonly limitDistance?: number;
  readonly limitNoiseFloor?: number;
  readonly limitDebiased?: number;
  readonly limitLow?: number;
  readonly limitHigh?: number;
  /** Average edge density of the layer. */
  readonly density: number;
  /** Average fraction of the layer's inputs, and of its outputs, that kept no weight at all. */
  readonly deadInputs: number;
  readonly deadOutputs: number;
}

/** How a method's distance falls with width, `n^(−α)`. */
export interface ConvergenceRate extends WidthRate {
  readonly method: string;
  /** What the distances are to. */
  readonly to: "reference" | "limit";
}

/** What {@linkcode runConvergence} measured. */
export interface ConvergenceResult {
  /** By method, then by ascending width. */
  readonly rows: readonly ConvergenceRow[];
  /** Of the debiased distances, for each method that has them at three widths or more: through two there is always a line. */
  readonly rates: readonly ConvergenceRate[];
  /** Average histograms, `[grid, grid]` row-major, in the order of `rows`. */
  readonly histograms: readonly Float64Array[];
  /** The same of the limit graphons, where they were asked for and are known. */
  readonly limits: readonly (Float64Array | undefined)[];
  readonly grid: number;
  readonly reference: number;
  /** Set where distances to limits were not asked for. */
  readonly withoutLimits?: boolean;
}

/** What is gathered over the trials of one method at one width. */
interface Configuration {
  readonly method: string;
  readonly width: number;
  readonly trials: GraphonTrials;
  readonly limit: GraphonTrials | undefined;
  readonly deadInputs: number;
  readonly deadOutputs: number;
}

/** A configuration's networks, but for their trial. */
type ConfigurationParams = Omit<NetworkParams, "trial"> & { readonly grid: number };

/** Widths in order, the reference among them. */
function widthsOf({ widths, reference }: ConvergenceQuestion): number[] {
  return [...new Set([...widths, reference])].sort((a, b) => a - b);
}

function configurationParams(
  { network, grid }: ConvergenceQuestion,
  method: Pick<NetworkParams, "method" | "module">,
  width: number,
): ConfigurationParams {
  return { ...network, ...method, width, grid };
}

/** Whether a method's limit is asked for and known; one of the user's own has none, whatever it is called. */
function isLimited(
  { limit, network: { rounds } }: ConvergenceQuestion,
  { method, module }: Pick<NetworkParams, "method" | "module">,
): boolean {
  return limit && module === undefined && hasLimit(method, rounds);
}

/** Everything that the question needs computed: networks by width and trial, so that methods prune one after another, then limits. */
export function convergenceTasks(question: ConvergenceQuestion): Task[] {
  const { methods, trials, layer, network: { hidden } } = question;
  if (layer > hidden) {
    throw new InvalidArgumentError(
      `Expected a layer of 0 to ${hidden}, a network's weight matrices, but found ${layer}`,
    );
  }
  const counted = (count: number) => Array.from({ length: count }, (_, trial) => trial);
  const masks = widthsOf(question).flatMap((width) =>
    counted(trials).flatMap((trial) =>
      methods.map((method) => maskHistogram.task({ ...configurationParams(question, method, width), trial }))
    )
  );
  const limits = methods.filter((method) => isLimited(question, method)).flatMap((method) =>
    widthsOf(question).flatMap((width) =>
      counted(limitRepetitions(method.method, trials)).map((trial) =>
        limitHistogram.task({ ...configurationParams(question, method, width), order: question.order, trial })
      )
    )
  );
  return [...masks, ...limits];
}

/**
 * Prunes networks of growing width, averages the histograms of one layer's masks over trials, and measures each width's
 * distance to the reference width. All methods prune the same networks on the same batches; widths and trials are
 * independent of each other. What the laboratory's store has is not computed again.
 */
export async function runConvergence(
  lab: Lab,
  question: ConvergenceQuestion,
  options: RunTasksOptions = {},
): Promise<ConvergenceResult> {
  await runTasks(lab, convergenceTasks(question), options);
  return await evaluateConvergence(lab, question);
}

/** What the finished tasks say. */
export async function evaluateConvergence(
  lab: Lab,
  question: ConvergenceQuestion,
): Promise<ConvergenceResult> {
  const { methods, grid, reference, layer, trials } = question;
  const configurations: Configuration[][] = [];
  for (const method of methods) {
    const ofMethod: Configuration[] = [];
    for (const width of widthsOf(question)) {
      const params = configurationParams(question, method, width);
      const found = await layerTrials(lab, params, layer, trials);
      ofMethod.push({
        method: method.method,
        width,
        trials: found.trials,
        limit: isLimited(question, method)
          ? await limitTrials(lab, { ...params, order: question.order }, layer, trials)
          : undefined,
        deadInputs: estimate(found.deadInputs).mean,
        deadOutputs: estimate(found.deadOutputs).mean,
      });
    }
    configurations.push(ofMethod);
  }
  return {
    ...measure(lab, question, configurations),
    grid,
    reference,
    ...(question.limit ? {} : { withoutLimits: true }),
  };
}

function measure(
  lab: Lab,
  question: ConvergenceQuestion,
  configurations: readonly Configuration[][],
): Pick<ConvergenceResult, "rows" | "rates" | "histograms" | "limits"> {
  const { network, layer, grid, reference } = question;
  const rows: ConvergenceRow[] = [], histograms: Float64Array[] = [];
  const limits: (Float64Array | undefined)[] = [];
  const entries = (width: number) => {
    const widths = networkWidths(lab, { ...network, width });
    return entriesPerCell(widths[layer + 1], widths[layer], grid);
  };
  for (const ofMethod of configurations) {
    const referred = ofMethod.find(({ width }) => width === reference)!;
    for (const { method, width, trials, limit, deadInputs, deadOutputs } of ofMethod) {
      const { mean } = trials;
      // An exact limit has no noise: as many entries as one likes.
      const toLimit = limit &&
        measureDistance(trials, limit, [entries(width), limit.count > 1 ? 1 : Infinity]);
      rows.push({
        method,
        width,
        layer,
        trials: trials.count,
        ...measureDistance(trials, referred.trials, [entries(width), entries(reference)]),
        ...ends(trials, referred.trials, ["low", "high"]),
        ...(toLimit && limit
          ? {
            limitDistance: toLimit.distance,
            limitNoiseFloor: toLimit.noiseFloor,
            limitDebiased: toLimit.debiased,
            ...ends(trials, limit, ["limitLow", "limitHigh"]),
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
  return { rows, rates: fitRates(rows, reference, grid), histograms, limits };
}

/** The ends of the debiased distance's interval, by these names, where trials show it. A single reference is exact: a limit. */
function ends<Name extends string>(
  trials: GraphonTrials,
  reference: GraphonTrials,
  [low, high]: readonly [Name, Name],
): Partial<Record<Name, number>> {
  if (trials === reference || trials.count < 2) return {};
  const { interval } = debiasedDistance(trials, reference.count > 1 ? reference : reference.mean);
  return { [low]: interval[0], [high]: interval[1] } as Partial<Record<Name, number>>;
}

/** The rates of the debiased distances, those of the reference to itself left out. */
function fitRates(rows: readonly ConvergenceRow[], reference: number, grid: number): ConvergenceRate[] {
  const rates: ConvergenceRate[] = [];
  for (const method of new Set(rows.map((row) => row.method))) {
    const own = rows.filter((row) => row.method === method);
    const series = {
      reference: own.filter(({ width }) => width !== reference),
      limit: own.map(({ width, limitDebiased: debiased = 0, limitNoiseFloor: noiseFloor = 0 }) => ({
        ...{ width, debiased, noiseFloor },
      })),
    };
    for (const to of ["reference", "limit"] as const) {
      const rate = widthRate(series[to], grid ** 2);
      if (rate) rates.push({ method, to, ...rate });
    }
  }
  return rates;
}
