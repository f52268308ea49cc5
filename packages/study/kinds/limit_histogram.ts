import { GraphonTrials, StepGraphon } from "@graphon-limit/graphon";
import { limitGraphon, limitNamed, type LimitOrder, LIMITS, takesRounds } from "@graphon-limit/limit";
import { uploadBatch } from "@graphon-limit/model";
import type { Lab } from "../tasks/lab.ts";
import { canonicalJson } from "../tasks/json.ts";
import { registerKind } from "../tasks/kind.ts";
import { decodeCells, encodeCells } from "./cells.ts";
import { describeNetwork, type NetworkParams, networkSeed, scoreSamples } from "./network.ts";

export type LimitHistograms = { readonly layers: readonly { readonly cells: string }[] };

/** A network whose limit is wanted, and how. */
export type LimitParams = NetworkParams & { readonly grid: number; readonly order: LimitOrder };

/**
 * One repetition of the limit graphons of a network's layers, at its width's layer sizes, on its trial's own batch: so that the
 * mean over trials is the limit of the trials' mean, and their spread says how far it may be off. Cells are those of the networks'
 * histograms.
 */
export const limitHistogram = registerKind<LimitParams, LimitHistograms>({
  name: "limit-histogram",
  version: 7,
  describe: (params) => `${describeNetwork(params)}, limit`,
  holds: (lab, params) => ({ shared: canonicalJson(params), bytes: limitBytes(lab, params) }),
  async compute(lab, { grid, order, ...params }) {
    const { method, width, hidden, sparsity, scope, schedule, rounds, activation, initialiser } = params;
    const { dimension, classes } = lab.dataset(params.data), samples = scoreSamples(lab, params);
    using batch = uploadBatch(lab.device, samples.x, samples.y);
    const network = { inputs: dimension, hidden, classes, width, activation, initialiser };
    const layers = await limitGraphon(lab.device, method, network, {
      ...{ sparsity, scope, schedule, batch, grid, order, outputDraws: 1, signal: lab.signal },
      cells: "neurons",
      rounds: rounds ?? undefined,
      types: trialTypes(method, order),
      seed: networkSeed(params),
    });
    return { layers: layers.map(({ graphon: { values } }) => ({ cells: encodeCells(values) })) };
  },
});

/** Matrices of all pairs of types, at most, that are held together, and of all types and samples. */
const PAIRS_HELD = 8, SIGNALS_HELD = 20;

/** Bytes that a repetition holds on the device, at most. */
function limitBytes(lab: Lab, params: LimitParams): number {
  const { method, order, data, width, hidden, samplesPerClass } = params;
  const { dimension, classes } = lab.dataset(data), samples = samplesPerClass * classes;
  const types = Math.min(trialTypes(method, order), order === "finite" ? width : Infinity);
  const layers = [dimension, ...new Array<number>(hidden).fill(types), classes];
  const pairs = layers.slice(1).reduce((sum, outputs, index) => sum + outputs * layers[index], 0);
  const neurons = layers.reduce((sum, count) => sum + count, 0);
  return 4 * (PAIRS_HELD * pairs + SIGNALS_HELD * neurons * samples);
}

/** Most types sampled of each hidden layer for one repetition in the order `strict`. */
const MOST_TYPES = 1000;

/**
 * Types sampled for one repetition. There are as many repetitions as trials, and half of the limit's own number will do; but in the
 * order `finite`, which is of a width's own number of neurons.
 */
function trialTypes(method: string, order: LimitOrder): number {
  const { exact, types } = limitNamed(method);
  return exact || order === "finite" ? types : Math.min(MOST_TYPES, types / 2);
}

/** Whether the limit of a method's masks can be computed: it is known, and for so many rounds. */
export function hasLimit(method: string, rounds: number | null): boolean {
  const limit = LIMITS.get(method);
  return limit !== undefined && takesRounds(limit, rounds ?? undefined);
}

/** Repetitions that the limit of so many trials takes: one where it is known exactly. */
export function limitRepetitions(method: string, trials: number): number {
  return limitNamed(method).exact ? 1 : trials;
}

/** Gathers the finished tasks of one layer. */
export async function limitTrials(
  lab: Lab,
  params: Omit<LimitParams, "trial">,
  layer: number,
  trials: number,
): Promise<GraphonTrials> {
  const gathered = new GraphonTrials(params.grid);
  for (let trial = 0; trial < limitRepetitions(params.method, trials); trial++) {
    const { layers } = await lab.get(limitHistogram.task({ ...params, trial }));
    gathered.add(new StepGraphon(params.grid, params.grid, decodeCells(layers[layer].cells)));
  }
  return gathered;
}
