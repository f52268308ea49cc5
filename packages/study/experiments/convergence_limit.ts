import { balancedBatch } from "@graphon-limit/data";
import { GraphonTrials } from "@graphon-limit/graphon";
import { limitGraphon, limitNamed, LIMITS, takesRounds } from "@graphon-limit/limit";
import { uploadBatch } from "@graphon-limit/model";
import { deriveSeed } from "@graphon-limit/runtime";
import type { ConvergenceOptions } from "./convergence.ts";

/** Types sampled of each hidden layer for one repetition: there are as many repetitions as trials, and half of their own do. */
const MOST_TYPES = 1000;

/** Whether the limit of a method's masks can be computed: it is known, and for so many rounds. */
export function hasLimit(method: string, rounds: number | undefined): boolean {
  const limit = LIMITS.get(method);
  return limit !== undefined && takesRounds(limit, rounds);
}

/**
 * Repetitions of the limit graphon of one layer, at a width's layer sizes: one for each trial, on the trial's own batch, so
 * that their mean is the limit of the trials' mean and their spread says how far it may be off.
 */
export async function limitTrials(
  options: ConvergenceOptions,
  method: string,
  width: number,
): Promise<GraphonTrials> {
  const { device, dataset, grid, layer, sparsity, scope, schedule, rounds, activation, initialiser } =
    options;
  const network = {
    inputs: dataset.dimension,
    hidden: options.hidden,
    classes: dataset.classes,
    width,
    activation,
    initialiser,
  };
  const { exact, types } = limitNamed(method);
  const trials = new GraphonTrials(grid);
  for (let trial = 0; trial < (exact ? 1 : options.trials); trial++) {
    const seed = deriveSeed(options.seed, width, trial);
    const samples = balancedBatch(dataset, options.samplesPerClass, seed);
    using batch = uploadBatch(device, samples.x, samples.y);
    const layers = await limitGraphon(device, method, network, {
      sparsity,
      scope,
      schedule,
      rounds,
      batch,
      grid,
      types: exact ? types : Math.min(MOST_TYPES, types / 2),
      outputDraws: 1,
      seed,
    });
    trials.add(layers[layer].graphon);
  }
  return trials;
}
