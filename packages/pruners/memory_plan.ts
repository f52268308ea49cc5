import { initialise, type Network, type NetworkDefinition, type WeightStorage } from "@graphon-limit/model";
import { maskWords, SELECT_BINS, SELECT_ROWS, SELECT_WORDS } from "@graphon-limit/ops";
import { countingDevice, type DeviceInfo, matrixBytes, seedFrom, sliceBytes } from "@graphon-limit/runtime";
import type { Method, ScoreContext } from "./method.ts";
import { METHODS } from "./registry.ts";
import type { Scope } from "./target.ts";

/** What is to be pruned, and how. */
export interface MemoryRequest {
  /** Inputs, hidden layers, outputs of a fully connected network; or the definition of another. */
  readonly network: readonly number[] | NetworkDefinition;
  /** One that does more than recording work is taken to need what the greediest does, and to score on the host. */
  readonly method: Method;
  /** Samples in the batch. */
  readonly samples: number;
  /** Rounds of scoring and pruning; 1 unless given. */
  readonly rounds?: number | undefined;
  readonly scope?: Scope | undefined;
  /** `kept` unless given. */
  readonly weights?: WeightStorage | undefined;
  /** As the weights unless given. */
  readonly scores?: WeightStorage | undefined;
}

/** Bytes that pruning takes, by what they hold, each at its own most; and the most that is held at one time. */
export interface MemoryPlan {
  readonly weights: number;
  readonly scores: number;
  /** The round's new masks, the bits of ties, and the old masks that the new ones take the place of. */
  readonly masks: number;
  /** The batch, and what the passes through the network leave. */
  readonly activations: number;
  /** Histograms and thresholds of the selection. */
  readonly selection: number;
  /** Rows of weights, gradients and scores that are made when they are read. */
  readonly scratch: number;
  readonly peak: number;
}

/**
 * The memory that `prune` takes on a device, network and batch included, before any of it is allocated: what the device's
 * `memory` will show. The passes through the network are run on a device that counts and computes nothing, so that what its stages keep
 * is what they keep.
 *
 * @throws {OutOfDeviceMemoryError} where a row of weights, or what a pass leaves, does not fit one binding
 * @throws {InvalidArgumentError} if the widths are none of a network
 */
export function planMemory(request: MemoryRequest, info: DeviceInfo): MemoryPlan {
  const { method, samples, rounds = 1, scope = "global" } = request;
  // A method that says how many weights each layer keeps has a threshold for each.
  const byLayer = scope === "layer" || method.quota !== undefined;
  const storage = request.weights ?? "kept", foreign = isForeign(method);
  const scoreStorage = foreign ? "kept" : request.scores ?? storage;
  using device = countingDevice(info);
  using network = initialise(device, request.network, "lecun", { seed: seedFrom(0), weights: storage });
  const weights = device.memory.live, layers = network.weights;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

  const kept = sum(layers.map(({ rows, cols }) => matrixBytes(info, rows, cols)));
  // An own pruner's scores are on the host and on the device.
  const scores = scoreStorage === "kept" ? (foreign ? 2 : 1) * kept : 0;
  const bits = layers.map(({ rows, cols }) => matrixBytes(info, rows, cols, "bits"));
  const oldMasks = rounds > 1 ? sum(bits) : 0;
  const largest = Math.max(...bits);
  const masks = sum(bits) + (rounds > 1 ? largest : 0) + (byLayer ? largest : tieBytes(layers, info));

  const slice = Math.max(...layers.map(({ rows, cols }) => sliceBytes(info, rows, cols)));
  const weightSlice = storage === "regenerated" && method.reads !== "nothing" ? slice : 0;
  const scoreSlice = scoreStorage === "regenerated" ? slice : 0;

  const { features } = network;
  const batch = samples === 0 ? 0 : matrixBytes(info, features, samples) + matrixBytes(info, 1, samples);
  const passes = passBytes(request, info);
  const states = rounds * (byLayer ? layers.length : 1) * matrixBytes(info, 1, SELECT_WORDS);
  const histogram = matrixBytes(info, SELECT_ROWS, SELECT_BINS + 1);

  const always = weights + batch;
  const passing = always + oldMasks + passes.most;
  const scoring = always + oldMasks + passes.left + scores + weightSlice;
  const selecting = always + states + masks + histogram +
    (scoreStorage === "kept" ? scores : passes.left + scoreSlice + weightSlice);
  return {
    weights,
    scores,
    masks,
    activations: batch + passes.most,
    selection: states + histogram,
    scratch: weightSlice + scoreSlice,
    peak: Math.max(passing, scoring, selecting),
  };
}

/** Bytes of the words that ties of all layers are noted in. */
function tieBytes(layers: readonly { rows: number; cols: number }[], info: DeviceInfo): number {
  const words = layers.reduce((sum, layer) => sum + maskWords(layer), 0);
  // Beyond one binding each panel of a mask has its own, which is about as much.
  return words * 4 <= info.maxBindingBytes ? matrixBytes(info, 1, words) : words * 4;
}

/** Bytes that a method's passes through the network take. */
interface PassBytes {
  /** The most they hold. */
  readonly most: number;
  /** What of it the scores are made from. */
  readonly left: number;
}

/** Whether a method may do more in a score than record work. */
function isForeign({ score, recorded = false }: Method): boolean {
  return score !== undefined && !recorded;
}

/** What a method's passes hold, or the most that those of the library's methods do where it may do more than recording them. */
function passBytes(request: MemoryRequest, info: DeviceInfo): PassBytes {
  if (!isForeign(request.method)) return recordedBytes(request, info);
  const known = [...METHODS.values()].filter((method) => !isForeign(method))
    .map((method) => recordedBytes({ ...request, method }, info));
  return known.reduce((greediest, bytes) => bytes.most > greediest.most ? bytes : greediest);
}

function recordedBytes(
  { network: of, method, samples, rounds = 1, weights = "kept" }: MemoryRequest,
  info: DeviceInfo,
): PassBytes {
  if (!method.score || (method.reads === "samples" && samples === 0)) return { most: 0, left: 0 };
  using device = countingDevice(info);
  using network = initialise(device, of, "lecun", { seed: seedFrom(0), weights });
  if (rounds > 1) {
    for (const weight of network.weights) weight.setMask(device.bits(weight.rows, weight.cols));
  }
  using inputs = device.matrix(network.features, samples);
  using labels = device.matrix(1, samples, "u32");
  const before = device.memory.live;
  const scores = method.score(countedContext(network, { inputs, labels }));
  const { live, peak } = device.memory;
  // Scores that are not kept hold what they are made from.
  for (const matrix of scores as Disposable[]) matrix[Symbol.dispose]();
  return { most: peak - before, left: live - before };
}

function countedContext(network: Network, batch: NonNullable<ScoreContext["batch"]>): ScoreContext {
  const none = () => Promise.reject(new Error("A recorded score runs nothing that is to be waited for"));
  return {
    ...{ device: network.device, network, batch, seed: seedFrom(0), round: 0, rounds: 1 },
    ...{ scores: "regenerated", keep: 0, quota: undefined },
    ...{ withFresh: none, withTraining: none },
  };
}
