import { GraphonTrials, type MeasuredDistance, measureDistance, StepGraphon } from "@graphon-limit/graphon";
import { requestsOf } from "@graphon-limit/model";
import { type KernelPlaces, kernelPlaces } from "../kernel_taps.ts";
import { decodeCells } from "../kinds/cells.ts";
import {
  architectureHistogram,
  type ArchitectureHistograms,
  type ArchitectureLayer,
  architectureOf,
  type ArchitectureParams,
  type StreamProfile,
} from "../kinds/architecture_histogram.ts";
import { type Estimate, estimate } from "../statistics/estimate.ts";
import { type WidthRate, widthRate } from "../statistics/width_rate.ts";
import type { Lab } from "../tasks/lab.ts";
import { runTasks, type RunTasksOptions } from "../tasks/run_tasks.ts";
import type { Task } from "../tasks/task.ts";

/** What a study of convolutions or attention asks. */
export interface ArchitectureQuestion {
  /** All that the networks have in common. */
  readonly network: Omit<ArchitectureParams, "trial" | "method" | "module" | "width">;
  readonly methods: readonly Pick<ArchitectureParams, "method" | "module">[];
  readonly widths: readonly number[];
  /** The width whose average graphons all others are measured against. */
  readonly reference: number;
  readonly trials: number;
}

/** One layer's mask at one width, over trials. */
export interface ArchitectureRow extends MeasuredDistance {
  readonly method: string;
  readonly width: number;
  readonly layer: number;
  readonly name: string;
  readonly shape: readonly number[];
  /** Cells of outputs and of inputs that the distance is over: on an axis with heads so few that each holds whole ones at all widths. */
  readonly cells: Cells;
  readonly trials: number;
  readonly density: Estimate;
  /** Each trial's own. */
  readonly densities: readonly number[];
  /** Of kernels with a centre, how much denser its tap is than the corners' mean. */
  readonly centreGap: Estimate | undefined;
  readonly tapDensities: readonly Estimate[];
  /** Of layers of attention: how unequal heads are, the deviation of their densities over the mean. */
  readonly headSpread: Estimate | undefined;
  readonly headDensities: readonly number[];
  readonly kernelSizes: readonly number[];
  readonly deadInputs: number;
  readonly deadOutputs: number;
}

/** How one layer's distance to the reference falls with width. */
export interface ArchitectureRate extends WidthRate {
  readonly method: string;
  readonly name: string;
}

/** Degrees along a shared axis at one width, means over trials. */
export interface StreamRow {
  readonly method: string;
  readonly width: number;
  readonly name: string;
  readonly degrees: readonly number[];
}

/** What {@linkcode runArchitectures} measured. */
export interface ArchitectureResult {
  /** By method, then by ascending width, then by layer. */
  readonly rows: readonly ArchitectureRow[];
  /** Average graphons `[taps · grid, grid]`, in the order of `rows`. */
  readonly graphons: readonly StepGraphon[];
  readonly streams: readonly StreamRow[];
  /** Of layers of which three distances are not lost in the noise. */
  readonly rates: readonly ArchitectureRate[];
  readonly grid: number;
  readonly reference: number;
  readonly architecture: ArchitectureParams["architecture"];
}

function widthsOf({ widths, reference }: ArchitectureQuestion): number[] {
  return [...new Set([...widths, reference])].sort((a, b) => a - b);
}

/** All networks, by width and trial, so that methods prune one after another. */
export function architectureTasks(question: ArchitectureQuestion): Task[] {
  const trials = Array.from({ length: question.trials }, (_, trial) => trial);
  return widthsOf(question).flatMap((width) =>
    trials.flatMap((trial) =>
      question.methods.map((method) =>
        architectureHistogram.task({ ...question.network, ...method, width, trial })
      )
    )
  );
}

/**
 * Prunes networks of growing width and measures how far each layer's tap graphons, averaged over trials, are from those of the
 * reference width. What the laboratory's store has is not computed again.
 */
export async function runArchitectures(
  lab: Lab,
  question: ArchitectureQuestion,
  options: RunTasksOptions = {},
): Promise<ArchitectureResult> {
  await runTasks(lab, architectureTasks(question), options);
  const cells = comparedCells(lab, question);
  const rows: ArchitectureRow[] = [], graphons: StepGraphon[] = [], streams: StreamRow[] = [];
  for (const method of question.methods) {
    const found = new Map<number, Gathered>();
    for (const width of widthsOf(question)) {
      found.set(width, await gather(lab, question, { method, width, cells }));
    }
    const referred = found.get(question.reference)!;
    for (const [width, gathered] of found) {
      const at = { method: method.method, width };
      gathered.layers.forEach((trials, layer) => {
        rows.push({ ...at, layer, ...summarise(trials, referred.layers[layer]) });
        graphons.push(trials.shown.mean);
      });
      streams.push(...gathered.streams.map((stream) => ({ ...at, ...stream })));
    }
  }
  const { grid, architecture } = question.network;
  const rates = ratesOf(rows, question.reference);
  return { rows, graphons, streams, rates, grid, architecture, reference: question.reference };
}

function ratesOf(rows: readonly ArchitectureRow[], reference: number): ArchitectureRate[] {
  return rows.filter(({ width }) => width === reference).flatMap(
    ({ method, name, tapDensities, cells: [a, b] }) => {
      const own = rows.filter((row) => row.method === method && row.name === name && row.width !== reference);
      const rate = widthRate(own, tapDensities.length * a * b);
      return rate ? [{ method, name, ...rate }] : [];
    },
  );
}

/** One layer's trials. */
interface LayerTrials {
  readonly layers: readonly ArchitectureLayer[];
  /** On the grid that was asked for. */
  readonly shown: GraphonTrials;
  /** On the cells that are compared. */
  readonly graphons: GraphonTrials;
  readonly cells: Cells;
  /** Entries of the mask in a cell. */
  readonly entries: number;
}

/** Cells on the axis of outputs and on that of inputs. */
type Cells = readonly [number, number];

/**
 * The cells of each layer, by its name, that graphons of all widths are compared on. Heads have one size and grow in number: a grid that
 * cuts a head shows the order within it, which a wider network's, of more heads in a cell, does not.
 */
function comparedCells(lab: Lab, question: ArchitectureQuestion): ReadonlyMap<string, Cells> {
  const { network } = question, cells = new Map<string, Cells>();
  for (const width of widthsOf(question)) {
    for (
      const { name, output, input } of requestsOf(lab.device, architectureOf(lab, { ...network, width }))
    ) {
      const [rows, cols] = cells.get(name) ?? [network.grid, network.grid];
      cells.set(name, [
        output.heads ? commonDivisor(rows, output.heads.size) : rows,
        input?.heads ? commonDivisor(cols, input.heads.size) : cols,
      ]);
    }
  }
  return cells;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

interface Gathered {
  readonly layers: readonly LayerTrials[];
  readonly streams: readonly StreamProfile[];
}

async function gather(
  lab: Lab,
  { network, trials }: ArchitectureQuestion,
  { method, width, cells: compared }: {
    readonly method: ArchitectureQuestion["methods"][number];
    readonly width: number;
    readonly cells: ReadonlyMap<string, Cells>;
  },
): Promise<Gathered> {
  const all: ArchitectureHistograms[] = [];
  for (let trial = 0; trial < trials; trial++) {
    all.push(await lab.get(architectureHistogram.task({ ...network, ...method, width, trial })));
  }
  const { grid } = network;
  const layers = all[0].layers.map(({ name, shape, tapDensities: { length: taps } }, layer): LayerTrials => {
    const own = all.map((found) => found.layers[layer]), [rows, cols] = compared.get(name)!;
    const shown = new GraphonTrials(taps * grid, grid), graphons = new GraphonTrials(taps * rows, cols);
    for (const { cells } of own) {
      const found = new StepGraphon(taps * grid, grid, decodeCells(cells));
      shown.add(found);
      graphons.add(found.regrid(taps * rows, cols));
    }
    return {
      layers: own,
      shown,
      graphons,
      cells: [rows, cols],
      entries: shape[0] * shape[1] / (rows * cols),
    };
  });
  const streams = all[0].streams.map(({ name, degrees }, s) => ({
    name,
    degrees: degrees.map((_, tenth) => estimate(all.map((found) => found.streams[s].degrees[tenth])).mean),
  }));
  return { layers, streams };
}

function summarise(
  { layers, graphons, entries, cells }: LayerTrials,
  reference: LayerTrials,
): Omit<ArchitectureRow, "method" | "width" | "layer"> {
  const [{ name, shape, tapDensities, headDensities, kernelSizes }] = layers;
  const places = kernelPlaces(shape);
  const mean = (of: (layer: ArchitectureLayer) => number) => estimate(layers.map(of)).mean;
  return {
    ...{ name, shape, cells, trials: graphons.count },
    ...measureDistance(graphons, reference.graphons, [entries, reference.entries]),
    density: estimate(layers.map(({ density }) => density)),
    densities: layers.map(({ density }) => density),
    centreGap: places && estimate(layers.map((layer) => centreGapOf(layer, places))),
    tapDensities: tapDensities.map((_, tap) => estimate(layers.map((layer) => layer.tapDensities[tap]))),
    headDensities: headDensities.map((_, head) => mean((layer) => layer.headDensities[head])),
    headSpread: headDensities.length > 1 ? estimate(layers.map(spreadOf)) : undefined,
    kernelSizes: kernelSizes.map((_, size) => mean((layer) => layer.kernelSizes[size])),
    deadInputs: mean(({ deadInputs }) => deadInputs),
    deadOutputs: mean(({ deadOutputs }) => deadOutputs),
  };
}

function centreGapOf({ tapDensities }: ArchitectureLayer, { centre, corners }: KernelPlaces): number {
  return tapDensities[centre] - estimate(corners.map((tap) => tapDensities[tap])).mean;
}

/** The deviation of heads' densities over their mean. */
function spreadOf({ headDensities }: ArchitectureLayer): number {
  const { mean, deviation } = estimate(headDensities);
  return mean === 0 ? 0 : deviation / mean;
}
