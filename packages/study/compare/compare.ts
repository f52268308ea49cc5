import type { KernelHistogram } from "@graphon-limit/graphon";
import type { Batch, Network } from "@graphon-limit/model";
import { heedSignal, type LongCallOptions, type Seed, shortName } from "@graphon-limit/runtime";
import { evaluate } from "@graphon-limit/training";
import { methodLabel } from "../method_styles.ts";
import { type PairDistance, pairDistances } from "./distances.ts";
import { type SortedMasks, sortMasks } from "./draws.ts";
import { keptByLayer, type NamedMasks, putMasks } from "./masks.ts";
import { firstSamples, type KernelFacts, kernelFacts, type TrainingFacts, trainingFacts } from "./measure.ts";

/** One layer under a mask. */
export interface LayerFacts {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kept: number;
  readonly density: number;
  readonly deadInputs: number;
  readonly deadOutputs: number;
  /** Sorted by degree, on a grid: tap by tap of a convolution, heads as wholes. */
  readonly sorted: KernelHistogram;
}

/** A network under one set of masks. */
export interface MaskFacts {
  readonly name: string;
  /** The masks that these are a control of. */
  readonly quotaOf?: string;
  readonly kept: number;
  readonly density: number;
  readonly layers: readonly LayerFacts[];
  /** As it stands, on all of the data; undefined where no signals run through the layers, or there are no samples. */
  readonly loss?: number;
  readonly accuracy?: number;
  readonly kernel?: KernelFacts;
  readonly training?: TrainingFacts;
}

/** Several masks of one network, side by side. */
export interface Comparison {
  readonly masks: readonly MaskFacts[];
  /** Of every pair, layer by layer. */
  readonly distances: readonly PairDistance[];
  readonly grid: number;
  /** Inputs of the kernels. */
  readonly samples: number;
  /** Whether every path goes through every layer. */
  readonly chain: boolean;
}

/** Kinds of networks whose layers follow one another. */
const CHAINS: readonly string[] = ["mlp", "cnn"];

/** How masks are compared. */
export interface CompareOptions extends LongCallOptions {
  /** What the network is evaluated and trained on; its first samples are the kernels' inputs. Undefined: no signals are run. */
  readonly data?: Batch | undefined;
  /** Inputs of the kernels. */
  readonly samples: number;
  /** Steps of training; 0 for none. */
  readonly trainSteps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Cells per axis. */
  readonly grid: number;
  readonly seed: Seed;
  /** Told before each part what it is of. */
  readonly onPart?: ((done: number, description: string) => void) | undefined;
}

/**
 * Looks at a network under several masks: what each keeps, what the masked network computes as it stands, its tangent kernel, how it
 * trains, and how far the masks are apart, beside what chance alone would do. The network is as it was afterwards, without masks.
 */
export async function compareMasks(
  network: Network,
  all: readonly NamedMasks[],
  options: CompareOptions,
): Promise<Comparison> {
  const { signal, onProgress, onPart, grid, seed } = options, total = partsOf(all);
  let done = 0;
  const part = async <T>(description: string, work: () => Promise<T>): Promise<T> => {
    await heedSignal({ signal });
    onPart?.(done, description);
    const result = await work();
    done++;
    onProgress?.(done, total);
    return result;
  };
  const masks: MaskFacts[] = [], sorted: SortedMasks[] = [];
  for (const named of all) {
    await part(named.name, async () => {
      const own = await sortMasks(network, named, grid, signal);
      sorted.push(own);
      masks.push(await factsOf(network, own, options));
    });
  }
  const distances: PairDistance[] = [];
  for (const [at, a] of sorted.entries()) {
    for (const b of sorted.slice(at + 1)) {
      const found = await part(
        `${a.name} and ${b.name}`,
        () => pairDistances(network, [a, b], { grid, seed, signal }),
      );
      distances.push(...found);
    }
  }
  const samples = Math.min(options.samples, options.data?.inputs.cols ?? 0);
  return { masks, distances, grid, samples, chain: CHAINS.includes(network.architecture.kind) };
}

/** The same with methods called as the literature does, and layers' names safe to show. */
export function labelled({ masks, distances, ...rest }: Comparison): Comparison {
  return {
    ...rest,
    masks: masks.map(({ name, layers, ...facts }) => ({
      ...facts,
      name: methodLabel(name),
      layers: layers.map((layer) => ({ ...layer, name: shortName(layer.name) })),
    })),
    distances: distances.map((pair) => ({ ...pair, a: methodLabel(pair.a), b: methodLabel(pair.b) })),
  };
}

/** Parts that a comparison has, for its progress. */
export function partsOf({ length }: readonly NamedMasks[]): number {
  return length + length * (length - 1) / 2;
}

async function factsOf(
  network: Network,
  { masks: named, layers: histograms }: SortedMasks,
  options: CompareOptions,
): Promise<MaskFacts> {
  const { data, samples, trainSteps, batchSize, learningRate, seed, signal } = options;
  const kept = keptByLayer(network, named);
  const layers = network.weights.map(({ name, shape, count }, layer): LayerFacts => {
    const sorted = histograms[layer], { deadInputs, deadOutputs } = sorted;
    return {
      ...{ name, shape, kept: kept[layer], density: kept[layer] / count },
      ...{ deadInputs, deadOutputs, sorted },
    };
  });
  const sum = kept.reduce((all, count) => all + count, 0);
  const facts = {
    ...{ name: named.name, kept: sum, layers },
    ...(named.quotaOf === undefined ? {} : { quotaOf: named.quotaOf }),
    density: sum / network.weights.reduce((all, { count }) => all + count, 0),
  };
  if (!data) return facts;
  putMasks(network, named);
  try {
    const score = await evaluate(network, data, { signal });
    using inputs = firstSamples(data, samples);
    const kernel = await kernelFacts(network, inputs, { signal });
    const training = trainSteps > 0
      ? await trainingFacts(network, data, { steps: trainSteps, batchSize, learningRate, seed, signal })
      : undefined;
    return { ...facts, ...score, kernel, ...(training ? { training } : {}) };
  } finally {
    for (const weight of network.weights) weight.setMask(undefined);
  }
}
