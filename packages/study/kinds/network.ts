import { balancedBatch, type Batch } from "@graphon-limit/data";
import {
  type Activation,
  initialise,
  type Initialiser,
  type Network,
  uploadBatch,
  type WeightStorage,
} from "@graphon-limit/model";
import { planMemory, prune, recordPruning, type Schedule, type Scope } from "@graphon-limit/pruners";
import {
  deriveSeed,
  type DeviceInfo,
  InvalidArgumentError,
  matrixBytes,
  OutOfDeviceMemoryError,
  type Seed,
  seedFrom,
} from "@graphon-limit/runtime";
import { canonicalJson } from "../tasks/json.ts";
import type { Held } from "../tasks/kind.ts";
import type { DataRef, Lab, PruningDemand } from "../tasks/lab.ts";

/** A network pruned at initialisation, as tasks name it: everything that its masks depend on. */
export type NetworkParams = {
  readonly data: DataRef;
  /** That of the whole study; networks and batches are derived from it. */
  readonly seed: number;
  /** A method's name, or `dense`. */
  readonly method: string;
  /** SHA-256 of the module of a method of the user's own. */
  readonly module?: string;
  /** The method whose masks say how many weights each layer keeps, where that is not for `method` to say. */
  readonly quota?: string;
  readonly width: number;
  /** Hidden layers, all of one width. */
  readonly hidden: number;
  /** Fraction of weights removed; of no account for `dense`. */
  readonly sparsity: number;
  readonly scope: Scope;
  readonly schedule: Schedule;
  /** Rounds of scoring and pruning; null for the method's own. */
  readonly rounds: number | null;
  /** Images of each class in the batch that scores are taken on. */
  readonly samplesPerClass: number;
  /** Which of several independent networks and batches. */
  readonly trial: number;
  readonly initialiser: Initialiser;
  readonly activation: Activation;
};

/** What decides a trial's network and batch, whatever method prunes it. */
export type TrialParams = Pick<NetworkParams, "seed" | "width" | "hidden" | "trial">;

/** What seeds of a trial are for, apart from the network's own. */
const PURPOSE = {
  fresh: 0x66726573,
  kernelInputs: 0x6b65726e,
  resampled: 0x72657361,
  training: 0x74726169,
} as const;

/** The seed of a trial's network and batch: the same for every method and sparsity, which are so compared in pairs. */
export function networkSeed({ seed, width, hidden, trial }: TrialParams): Seed {
  return deriveSeed(seedFrom(seed), hidden, width, trial);
}

/** A seed of the same trial for another purpose. */
export function purposeSeed(trial: TrialParams, purpose: keyof typeof PURPOSE): Seed {
  return deriveSeed(networkSeed(trial), PURPOSE[purpose]);
}

/** Inputs, hidden layers, outputs. */
export function networkWidths(
  lab: Lab,
  { data, width, hidden }: Pick<NetworkParams, "data" | "width" | "hidden">,
): number[] {
  const { dimension, classes } = lab.dataset(data);
  return [dimension, ...new Array<number>(hidden).fill(width), classes];
}

/** The weights a network starts from. */
export function initialNetwork(
  lab: Lab,
  params: NetworkParams,
  seed: Seed,
  weights: WeightStorage = "kept",
): Network {
  const { initialiser, activation } = params;
  return initialise(lab.device, networkWidths(lab, params), initialiser, { activation, seed, weights });
}

/** The images that a trial's scores are taken on. */
export function scoreSamples(
  lab: Lab,
  params: TrialParams & Pick<NetworkParams, "data" | "samplesPerClass">,
): Batch {
  return balancedBatch(lab.dataset(params.data), params.samplesPerClass, networkSeed(params));
}

/** So many samples, classes in turn, drawn for a trial: not those that scores are taken on but by chance. */
export function kernelInputs(
  lab: Lab,
  params: TrialParams & Pick<NetworkParams, "data">,
  count: number,
): Batch {
  const dataset = lab.dataset(params.data);
  const perClass = Math.ceil(count / dataset.classes);
  const batch = balancedBatch(dataset, perClass, purposeSeed(params, "kernelInputs"));
  const { dimension } = batch;
  return { x: batch.x.slice(0, count * dimension), y: batch.y.slice(0, count), count, dimension };
}

/** A pruned network, of which the device may have yet to say whether its masks mean anything. */
interface Recorded extends Disposable {
  readonly network: Network;
  /** Rejects where they do not. */
  readonly pruned: Promise<unknown>;
}

/** The network pruned with the weights that made its masks. It is kept for tasks in a row, and the laboratory's. */
export function prunedNetwork(lab: Lab, params: NetworkParams): Promise<Network> {
  return withPrunedNetwork(lab, params, (network) => Promise.resolve(network));
}

/** What is made of that network: asked for before the device has pruned it, so that one wait is for both. */
export async function withPrunedNetwork<T>(
  lab: Lab,
  params: NetworkParams,
  use: (network: Network) => Promise<T>,
): Promise<T> {
  return await used(await lab.shared(canonicalJson(params), () => record(lab, params)), use);
}

/** The same with a network of its own, which `use` may change. */
export async function withOwnPrunedNetwork<T>(
  lab: Lab,
  params: NetworkParams,
  use: (network: Network) => Promise<T>,
): Promise<T> {
  using recorded = await lab.taken(canonicalJson(params), () => record(lab, params));
  return await used(recorded, use);
}

async function used<T>(
  { network, pruned }: Recorded,
  use: (network: Network) => Promise<T>,
): Promise<T> {
  // Neither is left running when the other fails.
  const [checked, found] = await Promise.allSettled([pruned, use(network)]);
  if (checked.status === "rejected") throw checked.reason;
  if (found.status === "rejected") throw found.reason;
  return found.value;
}

async function record(lab: Lab, params: NetworkParams): Promise<Recorded> {
  const { method, quota, sparsity, scope, schedule, rounds } = params;
  const seed = networkSeed(params), dense = method === DENSE;
  const storage = dense ? "kept" : lab.storage(pruningDemand(lab, params));
  const network = initialNetwork(lab, params, seed, storage);
  const recorded = (pruned: Promise<unknown>) => ({
    ...{ network, pruned },
    [Symbol.dispose]: () => network[Symbol.dispose](),
  });
  if (dense) return recorded(Promise.resolve());
  try {
    const samples = scoreSamples(lab, params);
    using batch = uploadBatch(lab.device, samples.x, samples.y);
    const shared = { batch, seed, schedule, signal: lab.signal };
    const own = rounds === null ? {} : { rounds }, asked = { ...shared, ...own, sparsity, scope };
    if (quota === undefined) {
      return recorded((await recordPruning(network, lab.method(method), asked)).found);
    }
    const { kept } = await prune(network, lab.method(quota), asked);
    for (const weight of network.weights) weight.setMask(undefined);
    return recorded((await recordPruning(network, lab.method(method), { ...shared, quota: kept })).found);
  } catch (error) {
    network[Symbol.dispose]();
    throw error;
  }
}

/** What pruning a network asks of the device. */
export function pruningDemand(lab: Lab, params: Omit<NetworkParams, "trial">): PruningDemand {
  const { data, scope, samplesPerClass } = params, method = lab.method(params.method);
  return {
    network: networkWidths(lab, params),
    method,
    samples: samplesPerClass * lab.dataset(data).classes,
    rounds: params.rounds ?? method.rounds ?? 1,
    scope,
  };
}

/** Bytes of networks, by all that they depend on: trials and tasks of a network in turn ask for the same. */
const known = new WeakMap<DeviceInfo, Map<string, number>>();

/**
 * What a task of a pruned network holds on the laboratory's device: the network, or what pruning it takes where that is more.
 *
 * @param copies how many times the network's weights are there afterwards
 * @param more bytes of what is held beside it then
 */
export function heldWithNetwork(lab: Lab, params: NetworkParams, copies = 1, more = 0): Held {
  const { info } = lab.device, sizes = known.get(info) ?? new Map<string, number>();
  known.set(info, sizes);
  const bytesOf = (weights: WeightStorage | undefined): number => {
    const demand = weights && pruningDemand(lab, params);
    const key = canonicalJson([{ ...params, trial: 0, seed: 0, sparsity: 0 }, weights ?? DENSE]);
    const found = sizes.get(key);
    if (found !== undefined) return found;
    const bytes = demand ? planMemory({ ...demand, weights }, info).peak : weightBytes(lab, params);
    sizes.set(key, bytes);
    return bytes;
  };
  try {
    const pruning = params.method === DENSE ? 0 : bytesOf(lab.storage(pruningDemand(lab, params)));
    return {
      shared: canonicalJson(params),
      bytes: Math.max(pruning, copies * bytesOf(undefined) + more),
    };
  } catch (error) {
    // Whether it can be computed in spite of that is for its turn to show.
    if (error instanceof OutOfDeviceMemoryError) return { shared: canonicalJson(params), bytes: Infinity };
    throw error;
  }
}

/** Bytes of a network's weights. */
function weightBytes(lab: Lab, params: NetworkParams): number {
  const widths = networkWidths(lab, params), { info } = lab.device;
  return widths.slice(1).reduce((sum, rows, layer) => sum + matrixBytes(info, rows, widths[layer]), 0);
}

/** What stands in a method's place where nothing is pruned. */
export const DENSE = "dense";

/** The masks of a pruned network. @throws {InvalidArgumentError} if there is none, the sparsity being too small */
export function masksOf({ weights }: Network, params: NetworkParams) {
  return weights.map(({ mask }) => {
    if (mask) return mask;
    throw new InvalidArgumentError(
      `Expected a sparsity that removes weights of ${describeNetwork(params)} but found ${params.sparsity}`,
    );
  });
}

/** A network in a few words. */
export function describeNetwork(
  { method, quota, width, hidden, sparsity, trial, initialiser }: NetworkParams,
): string {
  const counts = quota === undefined ? "" : ` (${quota}'s layer counts)`;
  const pruned = method === DENSE ? method : `${method}${counts} ${percent(sparsity)}`;
  return `${pruned}, ${hidden} × ${width}, ${initialiser}, trial ${trial + 1}`;
}

/** `0.95` as `95 %`. */
export function percent(fraction: number): string {
  return `${Number((100 * fraction).toPrecision(6))} %`;
}
