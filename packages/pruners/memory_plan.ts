import { assertWidths, type WeightStorage } from "@graphon-limit/model";
import { maskWords, SELECT_BINS, SELECT_WORDS } from "@graphon-limit/ops";
import { type DeviceInfo, matrixBytes, sliceBytes } from "@graphon-limit/runtime";
import type { Method, PassBytes, PassRequest } from "./method.ts";
import { METHODS } from "./registry.ts";
import type { Scope } from "./target.ts";

/** What is to be pruned, and how. */
export interface MemoryRequest {
  /** Inputs, hidden layers, outputs. */
  readonly widths: readonly number[];
  /** One that does not say what its passes hold is taken to need what the greediest does, and scores on the host. */
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
  /** Rows of a gradient, of the methods that multiply by one under a mask. */
  readonly gradients: number;
  /** Histograms and thresholds of the selection. */
  readonly selection: number;
  /** Rows of weights and scores that are made when they are read. */
  readonly scratch: number;
  readonly peak: number;
}

/**
 * The memory that `prune` takes on a device, network and batch included, before any of it is allocated: what the device's
 * `memory` will show.
 *
 * @throws {OutOfDeviceMemoryError} where a row of weights does not fit one binding
 * @throws {InvalidArgumentError} if the widths are none of a network
 */
export function planMemory(request: MemoryRequest, info: DeviceInfo): MemoryPlan {
  const { widths, method, samples, rounds = 1, scope = "global" } = request;
  assertWidths(widths);
  // A method that says how many weights each layer keeps has a threshold for each.
  const byLayer = scope === "layer" || method.quota !== undefined;
  const storage = request.weights ?? "kept", foreign = method.memory === undefined;
  const scoreStorage = foreign ? "kept" : request.scores ?? storage;
  const layers = widths.slice(1).map((rows, layer) => ({ rows, cols: widths[layer] }));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

  const kept = sum(layers.map(({ rows, cols }) => matrixBytes(info, rows, cols)));
  const weights = storage === "kept" ? kept : 0;
  // An own pruner's scores are on the host and on the device.
  const scores = scoreStorage === "kept" ? (foreign ? 2 : 1) * kept : 0;
  const bits = layers.map(({ rows, cols }) => matrixBytes(info, rows, cols, "bits"));
  const oldMasks = rounds > 1 ? sum(bits) : 0;
  const largest = Math.max(...bits);
  const masks = sum(bits) + (rounds > 1 ? largest : 0) +
    (byLayer ? largest : tieBytes(layers, info));

  const slice = Math.max(...layers.map(({ rows, cols }) => sliceBytes(info, rows, cols)));
  const weightSlice = storage === "regenerated" && method.reads !== "nothing" ? slice : 0;
  const scoreSlice = scoreStorage === "regenerated" ? slice : 0;

  const batch = samples === 0 ? 0 : matrixBytes(info, widths[0], samples) + matrixBytes(info, 1, samples);
  const passes = passBytes(method, { widths, samples, info });
  const gradients = passes.gradients && rounds > 1 ? slice : 0;
  const states = rounds * (byLayer ? layers.length : 1) * matrixBytes(info, 1, SELECT_WORDS);
  const histogram = matrixBytes(info, 2, SELECT_BINS + 1);

  const always = weights + batch;
  const passing = always + oldMasks + passes.most + Math.max(weightSlice, gradients);
  const scoring = always + oldMasks + passes.left + scores + weightSlice;
  const selecting = always + states + masks + histogram +
    (scoreStorage === "kept" ? scores : passes.left + scoreSlice + weightSlice);
  return {
    weights,
    scores,
    masks,
    activations: batch + passes.most,
    gradients,
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

/** What a method's passes hold, or the most that those of the library's methods do where it does not say. */
function passBytes({ memory }: Method, request: PassRequest): PassBytes {
  if (memory) return memory(request);
  const known = [...METHODS.values()].flatMap((method) => method.memory?.(request) ?? []);
  return known.reduce((greediest, bytes) => bytes.most > greediest.most ? bytes : greediest);
}
