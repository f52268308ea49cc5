import { balancedBatch } from "@graphon-limit/data";
import { GraphonTrials } from "@graphon-limit/graphon";
import { LIMIT_METHODS, limitGraphon, type LimitMethod } from "@graphon-limit/limit";
import { uploadBatch } from "@graphon-limit/model";
import { deriveSeed } from "@graphon-limit/runtime";
import type { ConvergenceOptions } from "./convergence.ts";

/** Types sampled of each hidden layer for one repetition, and where their pairs go through a hundred rounds. */
const TYPES = 1000, SYNFLOW_TYPES = 500;

/** Whether the limit of a method's masks can be computed: it is known, but SNIP's and GraSP's for one round only. */
export function hasLimit(method: string, rounds: number | undefined): method is LimitMethod {
  const known: readonly string[] = LIMIT_METHODS;
  const changing = method === "snip" || method === "grasp";
  return known.includes(method) && (!changing || (rounds ?? 1) === 1);
}

/**
 * Repetitions of the limit graphon of one layer, at a width's layer sizes: one for each trial, on the trial's own batch, so
 * that their mean is the limit of the trials' mean and their spread says how far it may be off.
 */
export async function limitTrials(
  options: ConvergenceOptions,
  method: LimitMethod,
  width: number,
): Promise<GraphonTrials> {
  const { device, dataset, grid, layer, sparsity, scope, schedule, activation, initialiser } = options;
  const network = {
    inputs: dataset.dimension,
    hidden: options.hidden,
    classes: dataset.classes,
    width,
    activation,
    initialiser,
  };
  const exact = method === "random" || method === "magnitude";
  const trials = new GraphonTrials(grid);
  for (let trial = 0; trial < (exact ? 1 : options.trials); trial++) {
    const seed = deriveSeed(options.seed, width, trial);
    const samples = balancedBatch(dataset, options.samplesPerClass, seed);
    using batch = uploadBatch(device, samples.x, samples.y);
    const layers = await limitGraphon(device, method, network, {
      sparsity,
      scope,
      schedule,
      ...(method === "synflow" && options.rounds ? { rounds: options.rounds } : {}),
      batch,
      grid,
      types: method === "synflow" ? SYNFLOW_TYPES : TYPES,
      outputDraws: 1,
      seed,
    });
    trials.add(layers[layer].graphon);
  }
  return trials;
}
