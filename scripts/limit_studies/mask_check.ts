import { balancedBatch } from "@graphon-limit/data";
import {
  graphonDifference,
  GraphonTrials,
  sampleFromGraphon,
  sortAndSmooth,
  StepGraphon,
} from "@graphon-limit/graphon";
import { LIMIT_ORDERS, limitGraphon, limitNamed, limitNetwork, type LimitOrder } from "@graphon-limit/limit";
import { type Batch, initialise, predict, uploadBatch } from "@graphon-limit/model";
import { prune } from "@graphon-limit/pruners";
import { deriveSeed, seedFrom } from "@graphon-limit/runtime";
import { type DataRef, encodeCells, type Lab, registerKind } from "@graphon-limit/study";
import { LAYERS, meanOf, standardError } from "./study.ts";

/** Networks of one width, and the limit they are compared with. */
export type CheckParams = {
  readonly data: DataRef;
  readonly seed: number;
  readonly method: string;
  readonly sparsity: number;
  readonly width: number;
  readonly hidden: number;
  readonly samplesPerClass: number;
  readonly grid: number;
  readonly trials: number;
  readonly types: number;
};

/** How far the masks of a limit are from the networks' in one layer, and how far noise alone would put them. */
export type Comparison = {
  readonly distance: number;
  readonly floor: number;
  /** The trials times by how much less their differences vary than two independent sets of masks would. */
  readonly effective: number;
};

/** What is found of the limit in one order. */
export type OrderCheck = {
  readonly order: LimitOrder;
  /** For each of {@linkcode LAYERS}. */
  readonly layers: readonly Comparison[];
  /** Mean densities of all layers. */
  readonly densities: readonly number[];
  /** The last layer's density less the networks', over the latter, and the standard error of that. */
  readonly outputsOff: number;
  readonly outputsError: number;
};

export type Check = {
  /** Mean densities of the networks' layers. */
  readonly densities: readonly number[];
  readonly orders: readonly OrderCheck[];
};

/** Histograms of {@linkcode LAYERS} and densities of all layers, by trial. */
interface Masks {
  readonly histograms: readonly StepGraphon[][];
  readonly densities: readonly number[][];
}

/** One of several sets of networks and limits, the first of which {@linkcode check} has too. */
export type SetParams = CheckParams & { readonly set: number };

/** By how much the histogram of each trial's network differs from its limit's, encoded, for each of {@linkcode LAYERS}. */
export type Differences = { readonly layers: readonly (readonly string[])[] };

/** Networks' histograms less those of their limits in the order finite. */
export const differences = registerKind<SetParams, Differences>({
  name: "limit-differences",
  version: 1,
  describe: ({ method, sparsity, width, set }) => `${method} ${sparsity}, width ${width}, set ${set}`,
  async compute(lab, { set, ...params }) {
    using batch = samplesOf(lab, params);
    const first = set * params.trials;
    const { histograms, outputs } = await networkMasks(lab, params, batch, first);
    const limit = await limitMasks(lab, params, batch, "finite", outputs, first);
    return {
      layers: LAYERS.map((_, index) =>
        histograms.map((found, trial) =>
          encodeCells(graphonDifference(found[index], limit.histograms[trial][index]).values)
        )
      ),
    };
  },
});

/** Networks' masks against those of their limits. */
export const check = registerKind<CheckParams, Check>({
  name: "limit-check",
  version: 5,
  describe: ({ method, sparsity, width }) => `${method} ${sparsity}, width ${width}`,
  async compute(lab, params) {
    using batch = samplesOf(lab, params);
    const { outputs, ...networks } = await networkMasks(lab, params, batch);
    const orders: OrderCheck[] = [];
    for (const order of ordersOf(params)) {
      const limit = await limitMasks(lab, params, batch, order, outputs);
      const last = params.hidden,
        off = networks.densities.map((found, t) => limit.densities[t][last] - found[last]);
      const kept = meanOf(networks.densities.map((found) => found[last]));
      orders.push({
        order,
        layers: LAYERS.map((_, index) => compare(params.grid, networks.histograms, limit.histograms, index)),
        densities: meanDensities(limit),
        outputsOff: meanOf(off) / kept,
        outputsError: standardError(off) / kept,
      });
    }
    return { densities: meanDensities(networks), orders };
  },
});

/** SynFlow's edges of a layer that are gone through one by one, in the order finite, in minutes a limit. */
export const MOST_EDGES = 2e6;

function ordersOf({ method, types, width }: CheckParams): readonly LimitOrder[] {
  // A limit that is known exactly is the same in both.
  if (limitNamed(method).exact) return ["finite"];
  return hasOwnDegrees(method, "finite") && Math.min(types, width) * width > MOST_EDGES
    ? ["strict"]
    : LIMIT_ORDERS;
}

function compare(
  grid: number,
  networks: readonly StepGraphon[][],
  limits: readonly StepGraphon[][],
  index: number,
): Comparison {
  const [own, drawn, between] = [0, 1, 2].map(() => new GraphonTrials(grid));
  networks.forEach((found, trial) => {
    const one = found[index], other = limits[trial][index];
    own.add(one);
    drawn.add(other);
    between.add(graphonDifference(one, other));
  });
  const squared = between.squaredError!;
  return {
    distance: Math.sqrt(between.mean.values.reduce((sum, value) => sum + value ** 2, 0)),
    floor: Math.sqrt(squared),
    effective: networks.length * (own.squaredError! + drawn.squaredError!) / squared,
  };
}

function meanDensities({ densities }: Masks): number[] {
  return densities[0].map((_, layer) => meanOf(densities.map((found) => found[layer])));
}

/** The samples that all scores are taken on, on the device. */
export function samplesOf(lab: Lab, { data, samplesPerClass, seed }: CheckParams) {
  const { x, y } = balancedBatch(lab.dataset(data), samplesPerClass, seedFrom(seed));
  return uploadBatch(lab.device, x, y);
}

/** Masks of networks that differ by their seeds, and their outputs on the samples. */
export async function networkMasks(
  lab: Lab,
  { data, method, hidden, width, sparsity, grid, seed, trials }: CheckParams,
  batch: Batch,
  first = 0,
): Promise<Masks & { outputs: Float32Array[] }> {
  const { device } = lab, { dimension, classes } = lab.dataset(data);
  const shape = [dimension, ...new Array<number>(hidden).fill(width), classes];
  const histograms: StepGraphon[][] = [], densities: number[][] = [], outputs: Float32Array[] = [];
  for (let trial = first; trial < first + trials; trial++) {
    const own = deriveSeed(seedFrom(seed), width, trial);
    using network = initialise(device, shape, "he", { seed: own });
    using predicted = predict(network, batch.inputs);
    outputs.push(await device.read(predicted.out));
    await prune(network, limitNamed(method).method, { sparsity, batch, seed: own });
    const masks = network.weights.map(({ mask }) => mask!), found: StepGraphon[] = [], kept: number[] = [];
    for (const layer of LAYERS) found.push((await sortAndSmooth(masks[layer], grid)).graphon);
    for (const mask of masks) kept.push((await sortAndSmooth(mask, 1)).graphon.density);
    histograms.push(found);
    densities.push(kept);
  }
  return { histograms, densities, outputs };
}

/** Whether a limit's rows and columns are sorted by degrees that fluctuate as a mask's do, so that no mask need be drawn to sort by its own. */
const hasOwnDegrees = (method: string, order: LimitOrder) => method === "synflow" && order === "finite";

/** As many masks of the limit, so that sorting by noisy degrees blurs both sides alike. */
export async function limitMasks(
  lab: Lab,
  { data, method, hidden, width, sparsity, grid, seed, trials, types }: CheckParams,
  batch: Batch,
  order: LimitOrder,
  outputs: readonly Float32Array[],
  first = 0,
): Promise<Masks> {
  const { device } = lab,
    { dimension: inputs, classes } = lab.dataset(data),
    network = { inputs, hidden, classes, width };
  const histograms: StepGraphon[][] = [], densities: number[][] = [], limit = limitNamed(method);
  const options = { sparsity, batch, order, types: Math.min(types, width, limit.exact ? 1 : limit.types) };
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seedFrom(seed), 7, first + trial);
    const given = limit.method.reads === "samples" ? { outputs: outputs[trial] } : {};
    const settings = { ...options, ...given, seed: own };
    if (hasOwnDegrees(method, order)) {
      const cut = { grid, cells: "neurons", outputDraws: 1 } as const;
      const layers = await limitGraphon(device, method, network, { ...settings, ...cut });
      histograms.push(LAYERS.map((layer) => layers[layer].graphon));
      densities.push(layers.map(({ density }) => density));
      continue;
    }
    const { graphons } = await limitNetwork(device, method, network, settings), found: StepGraphon[] = [];
    for (const layer of LAYERS) {
      const place = { seed: deriveSeed(own, 1), layer };
      using mask = sampleFromGraphon(device, graphons[layer], width, width, place);
      found.push((await sortAndSmooth(mask, grid)).graphon);
    }
    histograms.push(found);
    densities.push(graphons.map(({ density }) => density));
  }
  return { histograms, densities };
}
