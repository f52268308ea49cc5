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
import { LAYERS } from "./study.ts";

/** A set of networks of one width, and of limits they are compared with. */
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
  /** Which set of `trials` networks and limits it is, from 0. */
  readonly set: number;
};

/** How the histograms of one layer's networks differ from their limits', over the trials of a set. */
export type Comparison = {
  /** The mean difference, encoded. */
  readonly difference: string;
  /** Its expected squared error, by the spread of the trials' differences. */
  readonly squaredError: number;
  /** The trials times by how much less their differences vary than two independent sets of masks would. */
  readonly effective: number;
};

/** What is found of the limit in one order. */
export type OrderCheck = {
  readonly order: LimitOrder;
  /** For each of {@linkcode LAYERS}. */
  readonly layers: readonly Comparison[];
  /** For each trial, of all layers. */
  readonly densities: readonly (readonly number[])[];
};

/** What is found of one set of networks and limits. */
export type Check = {
  /** Of the networks, for each trial, of all layers. */
  readonly densities: readonly (readonly number[])[];
  readonly orders: readonly OrderCheck[];
};

/** Histograms of {@linkcode LAYERS} and densities of all layers, by trial. */
interface Masks {
  readonly histograms: readonly StepGraphon[][];
  readonly densities: readonly number[][];
}

/** Networks' masks against those of their limits. */
export const check = registerKind<CheckParams, Check>({
  name: "limit-check",
  version: 6,
  describe: ({ method, sparsity, width, set }) => `${method} ${sparsity}, width ${width}, set ${set}`,
  async compute(lab, params) {
    using batch = samplesOf(lab, params);
    const { outputs, ...networks } = await networkMasks(lab, params, batch);
    const orders: OrderCheck[] = [];
    for (const order of ordersOf(params)) {
      const limit = await limitMasks(lab, params, batch, order, outputs);
      orders.push({
        order,
        layers: LAYERS.map((_, index) => compare(params.grid, networks.histograms, limit.histograms, index)),
        densities: limit.densities,
      });
    }
    return { densities: networks.densities, orders };
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

/** How networks' histograms of one of {@linkcode LAYERS} differ from limits', trial by trial. */
export function compare(
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
    difference: encodeCells(between.mean.values),
    squaredError: squared,
    effective: networks.length * (own.squaredError! + drawn.squaredError!) / squared,
  };
}

/** The samples that all scores are taken on, on the device. */
export function samplesOf(lab: Lab, { data, samplesPerClass, seed }: CheckParams) {
  const { x, y } = balancedBatch(lab.dataset(data), samplesPerClass, seedFrom(seed));
  return uploadBatch(lab.device, x, y);
}

/** Masks of networks that differ by their seeds, and their outputs on the samples. */
export async function networkMasks(
  lab: Lab,
  { data, method, hidden, width, sparsity, grid, seed, trials, set }: CheckParams,
  batch: Batch,
): Promise<Masks & { outputs: Float32Array[] }> {
  const { device } = lab, { dimension, classes } = lab.dataset(data);
  const shape = [dimension, ...new Array<number>(hidden).fill(width), classes];
  const histograms: StepGraphon[][] = [], densities: number[][] = [], outputs: Float32Array[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seedFrom(seed), width, set * trials + trial);
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
async function limitMasks(
  lab: Lab,
  { data, method, hidden, width, sparsity, grid, seed, trials, types, set }: CheckParams,
  batch: Batch,
  order: LimitOrder,
  outputs: readonly Float32Array[],
): Promise<Masks> {
  const { device } = lab,
    { dimension: inputs, classes } = lab.dataset(data),
    network = { inputs, hidden, classes, width };
  const histograms: StepGraphon[][] = [], densities: number[][] = [], limit = limitNamed(method);
  const options = { sparsity, batch, order, types: Math.min(types, width, limit.exact ? 1 : limit.types) };
  for (let trial = 0; trial < trials; trial++) {
    const own = deriveSeed(seedFrom(seed), 7, set * trials + trial);
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
