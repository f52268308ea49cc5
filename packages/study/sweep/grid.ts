import { ACTIVATIONS, INITIALISERS, REDRAWS } from "@graphon-limit/model";
import { METHODS, SCHEDULES, SCOPES } from "@graphon-limit/pruners";
import { InvalidArgumentError, show } from "@graphon-limit/runtime";
import { maskHistogram, type MaskHistograms } from "../kinds/mask_histogram.ts";
import { DENSE, type NetworkParams } from "../kinds/network.ts";
import { type KernelOf, kernelSpectrum, type SpectrumResult } from "../kinds/spectrum.ts";
import { trainingLosses } from "../kinds/training.ts";
import type { CommonParams } from "../reproduce/scale.ts";
import type { Json } from "../tasks/json.ts";
import type { Task } from "../tasks/task.ts";

/** What a grid file says, checked and complete: a kind of task, and the values of each of its parameters. */
export type Grid = {
  readonly kind: string;
  /** Values by parameter, in the order of the loops, the outermost first. */
  readonly values: { readonly [name: string]: readonly Json[] };
  /** Independent networks of each configuration. */
  readonly trials: number;
};

/** One configuration: a value for each parameter, and the trial. */
type Cell = { readonly [name: string]: Json };

/** A parameter of a grid: what it may be, and what it is where the file does not say; undefined where it must. */
interface Field {
  readonly expected: string;
  readonly permits: (value: Json) => boolean;
  readonly fallback?: Json;
}

const whole = (minimum: number, fallback?: number): Field => ({
  expected: `whole numbers of at least ${minimum}`,
  permits: (value) => Number.isSafeInteger(value) && value as number >= minimum,
  ...(fallback === undefined ? {} : { fallback }),
});

const word = (words: readonly string[], fallback?: string): Field => ({
  expected: words.join(", "),
  permits: (value) => typeof value === "string" && words.includes(value),
  ...(fallback === undefined ? {} : { fallback }),
});

const numeric = (expected: string, permits: (value: number) => boolean, fallback?: number): Field => ({
  expected,
  permits: (value) => typeof value === "number" && permits(value),
  ...(fallback === undefined ? {} : { fallback }),
});

/** Those of a network; the seed is the plan's where none is given. */
const NETWORK_FIELDS: Readonly<Record<string, Field>> = {
  seed: whole(0),
  method: word([...METHODS.keys(), DENSE]),
  width: whole(1),
  hidden: whole(1, 3),
  sparsity: numeric("numbers of at least 0 and below 1", (value) => value >= 0 && value < 1),
  initialiser: word(INITIALISERS, "he"),
  activation: word(ACTIVATIONS, "relu"),
  scope: word(SCOPES, "global"),
  schedule: word(SCHEDULES, "exponential"),
  rounds: {
    expected: "whole numbers of at least 1, or null for the method's own",
    permits: (value) => value === null || Number.isSafeInteger(value) && value as number >= 1,
    fallback: null,
  },
  samplesPerClass: whole(1, 10),
};

interface GridKind {
  readonly fields: Readonly<Record<string, Field>>;
  readonly task: (network: NetworkParams, own: Cell) => Task;
  /** What the table shows of a result. */
  readonly columns: (result: never) => Readonly<Record<string, number>>;
}

/** What a grid may ask for, by the kind's name. */
const GRID_KINDS: Readonly<Record<string, GridKind>> = {
  training: {
    fields: {
      learningRate: numeric("positive numbers", (value) => value > 0, 0.001),
      batchSize: whole(1, 64),
      steps: whole(1, 200),
    },
    task: (network, { learningRate, batchSize, steps }) =>
      trainingLosses.task({
        ...network,
        learningRate: learningRate as number,
        batchSize: batchSize as number,
        steps: steps as number,
      }),
    columns: ({ losses }: { readonly losses: readonly number[] }) => ({
      firstLoss: losses[0],
      lastLoss: losses[losses.length - 1],
      leastLoss: losses.reduce((least, loss) => Math.min(least, loss), Infinity),
    }),
  },
  spectrum: {
    fields: {
      weights: word(["own", ...REDRAWS], "own"),
      samples: whole(16, 256),
      output: word(["sum", "trace"], "sum"),
    },
    task: (network, { weights, samples, output }) =>
      kernelSpectrum.task({
        ...{ network, drawn: null, samples: samples as number },
        ...{ weights: weights as KernelOf["weights"], output: output as "sum" | "trace" },
      }),
    columns: ({ eigenvalues, ...metrics }: SpectrumResult) => ({ ...metrics, largest: eigenvalues[0] }),
  },
  "mask-histogram": {
    fields: { grid: whole(1, 64) },
    task: (network, { grid }) => maskHistogram.task({ ...network, grid: grid as number }),
    columns: ({ layers }: MaskHistograms) =>
      Object.fromEntries(layers.flatMap(({ layer, density, deadInputs, deadOutputs }) => [
        [`density.${layer}`, density],
        [`deadInputs.${layer}`, deadInputs],
        [`deadOutputs.${layer}`, deadOutputs],
      ])),
  },
};

/** The kinds that a grid may ask for. */
export const GRID_KIND_NAMES: readonly string[] = Object.keys(GRID_KINDS);

/**
 * Reads a grid: an object with `kind`, parameters (a value, or a list of values that are all to be tried) and `trials`.
 *
 * @param seed of the networks, where the grid names none
 * @param name how messages name what is read
 * @throws {InvalidArgumentError} naming what is not as it should be
 */
export function parseGrid(given: Json, seed: number, name: string): Grid {
  const fail = (what: string, expected: string, found: unknown) =>
    new InvalidArgumentError(`${name}: expected ${what} to be ${expected} but found ${show(found)}`);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw fail("the grid", 'an object such as {"kind":"training","method":["snip"],…}', given);
  }
  const { kind, trials = 1, ...lists } = given as { readonly [name: string]: Json };
  if (typeof kind !== "string" || !(kind in GRID_KINDS)) throw fail("kind", GRID_KIND_NAMES.join(", "), kind);
  const fields = { ...NETWORK_FIELDS, ...GRID_KINDS[kind].fields };
  for (const key in lists) {
    if (!(key in fields)) throw fail("each parameter", Object.keys(fields).join(", "), key);
  }
  const own: Readonly<Record<string, Json>> = { seed };
  const values: Record<string, Json[]> = {};
  for (const [key, { expected, permits, fallback = own[key] }] of Object.entries(fields)) {
    const found = key in lists ? lists[key] : fallback;
    if (found === undefined) throw fail(key, expected, undefined);
    values[key] = Array.isArray(found) ? found : [found as Json];
    const wrong = values[key].find((value) => !permits(value));
    if (wrong !== undefined || values[key].length === 0) throw fail(key, expected, wrong);
  }
  if (!whole(1).permits(trials)) throw fail("trials", whole(1).expected, trials);
  return { kind, values, trials: trials as number };
}

/** Every configuration of a grid, a trial after the other innermost. */
function cellsOf({ values, trials }: Grid): Cell[] {
  let cells: Cell[] = [{}];
  for (const [name, list] of Object.entries(values)) {
    cells = cells.flatMap((cell) => list.map((value) => ({ ...cell, [name]: value })));
  }
  return cells.flatMap((cell) => Array.from({ length: trials }, (_, trial) => ({ ...cell, trial })));
}

/** The tasks of a grid, one for each configuration and trial. */
export function gridTasks(grid: Grid, { data }: Pick<CommonParams, "data">): Task[] {
  return cellsOf(grid).map((cell) => taskOf(grid, cell, data));
}

function taskOf({ kind }: Grid, cell: Cell, data: CommonParams["data"]): Task {
  const { fields, task } = GRID_KINDS[kind],
    network: Record<string, Json> = { data },
    own: Record<string, Json> = {};
  for (const [name, value] of Object.entries(cell)) (name in fields ? own : network)[name] = value;
  // What each of them may be was checked when the grid was read.
  return task(network as unknown as NetworkParams, own);
}

/** One configuration of a grid, the task it comes to, and what its table shows of a result. */
export interface GridCell {
  readonly parameters: Cell;
  readonly task: Task;
  readonly columns: (result: Json) => Readonly<Record<string, number>>;
}

/** The configurations of a grid, in the order of its tasks. */
export function gridCells(grid: Grid, { data }: Pick<CommonParams, "data">): GridCell[] {
  const { columns } = GRID_KINDS[grid.kind];
  return cellsOf(grid).map((parameters) => ({
    parameters,
    task: taskOf(grid, parameters, data),
    columns: (result) => columns(result as never),
  }));
}
