import type { StepGraphon } from "@graphon-limit/graphon";
import type { Device } from "@graphon-limit/runtime";
import type { DrawnLayer } from "./layer_estimate.ts";
import { networkLaw } from "./layer_laws.ts";
import type { LimitNetwork, LimitOptions } from "./options.ts";
import { planLimit } from "./plan.ts";
import { limitNamed } from "./registry.ts";

/** Positions of a hidden layer unless told otherwise: a kernel costs their square. */
export const DEFAULT_POSITIONS = 500;

/** The graphons of a whole network whose layers share positions. */
export interface NetworkLimit {
  /**
   * One per layer of weights, [types, types] between hidden layers: row `u` of one and column `u` of the next are the same
   * neuron. The first has a column for each input, or one for all where they are alike; the last likewise a row. Where all
   * neurons are alike there is one cell.
   */
  readonly graphons: readonly StepGraphon[];
  /** `E[w² · kept] / σ²` in the same cells (docs/mathematics.md §4). */
  readonly secondMoments: readonly StepGraphon[];
  /**
   * Where what is known of neurons tells of their weights' signs, in the order `finite` and with as many types as neurons: weights
   * with the law that they have given the types, one draw, and which are kept.
   */
  readonly drawn?: readonly DrawnLayer[];
}

/**
 * One repetition of `limitGraphon` at the resolution of the types themselves. A neuron's row says how it is connected to the
 * layer before and its column how to the layer after; sorted by degree each for itself, as the layers' graphons are, the two
 * would not belong together, and a tangent kernel needs both.
 *
 * @param options `types` is the number of positions of a hidden layer; 500 unless given
 * @throws {InvalidArgumentError} as `limitGraphon`
 */
export async function limitNetwork(
  device: Device,
  method: string,
  network: LimitNetwork,
  options: Omit<LimitOptions, "grid" | "outputDraws">,
): Promise<NetworkLimit> {
  const limit = limitNamed(method), { types = DEFAULT_POSITIONS, seed, signal } = options;
  const plan = planLimit(limit, network, { ...options, types });
  signal?.throwIfAborted();
  const repeat = await limit.ofLaw(device, networkLaw(network), { ...plan, grid: "types" });
  const layers = await repeat(seed, options);
  const drawn = layers.flatMap(({ drawn }) => drawn ?? []);
  return {
    graphons: layers.map(({ graphon }) => graphon),
    secondMoments: layers.map(({ secondMoment }) => secondMoment),
    ...(drawn.length === layers.length ? { drawn } : {}),
  };
}
