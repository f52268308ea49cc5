import {
  assertCount,
  type BitMatrix,
  InvalidArgumentError,
  type LongCallOptions,
} from "@graphon-limit/runtime";
import { cellsOfOrder, givenOrder, onGrid, orderByDegree } from "./estimators/cells.ts";
import { observe, orderedHistogram, summarise } from "./estimators/observation.ts";
import { DEFAULT_GRID, type SortedHistogram, sortedHistogram } from "./sort_and_smooth.ts";
import { watchCall } from "./watch.ts";

/**
 * How a network's hidden neurons are laid out. `layer`: each layer's mask is sorted by itself, so that a neuron's place among its
 * layer's outputs is not its place among the next layer's inputs, and its two degrees are paired in order. `axis`: each hidden
 * axis has one order, in which degrees in and out are known together.
 */
export type NetworkOrder = "layer" | "axis";

/** The ways to lay out hidden neurons. */
export const NETWORK_ORDERS: readonly NetworkOrder[] = ["layer", "axis"];

/** Intervals of each of the two degrees of a hidden neuron, unless told otherwise. */
const DEFAULT_SIDE = 16;

/** How {@linkcode networkHistograms} lays out neurons, and how finely. Progress is told in percent. */
export interface NetworkHistogramOptions extends LongCallOptions {
  /** `layer` unless given. */
  readonly order?: NetworkOrder | undefined;
  /** Intervals per hidden axis with the order `layer`; 64 unless given. */
  readonly grid?: number | undefined;
  /** Intervals of each degree with the order `axis`, which has their square per hidden axis; 16 unless given. */
  readonly side?: number | undefined;
}

/**
 * The graphon estimates of all masks of a network, for tangent kernels and for masks drawn from them. Inputs and outputs of the
 * network, which are not exchangeable, keep their own columns and rows.
 *
 * With the order `axis` a hidden layer's neurons are sorted by degree in (their row's) and cut into `side` intervals, and those
 * of each interval are sorted by degree out (their column's in the next mask) and cut likewise: position `a · side + b` of both
 * masks is the same neurons.
 *
 * @param masks `[n_l, n_{l-1}]`, one per layer of weights, each taking what the one before gives
 * @throws {InvalidArgumentError} if they do not follow one another
 */
export async function networkHistograms(
  masks: readonly BitMatrix[],
  { order = "layer", grid = DEFAULT_GRID, side = DEFAULT_SIDE, ...call }: NetworkHistogramOptions = {},
): Promise<SortedHistogram[]> {
  assertChain(masks);
  const last = masks.length - 1, watch = watchCall(call);
  if (order === "layer") {
    return await allOf(masks.map((mask, layer) => {
      const kept = { inputs: layer === 0, outputs: layer === last };
      return sortedHistogram(mask, grid, kept, watch.nth(layer, masks.length));
    }));
  }
  assertCount("the intervals of a degree", side, 1);
  const half = watch.part(0, 0.5), rest = watch.part(0.5, 1), layers = masks.length;
  const observations = await allOf(masks.map((mask, layer) => observe(mask, half.nth(layer, layers))));
  const orders = observations.map(({ rows, outputDegrees }, layer) =>
    layer === last ? givenOrder(rows) : orderByBoth(outputDegrees, observations[layer + 1].inputDegrees, side)
  );
  return await allOf(observations.map(async (observation, layer) => {
    const { rows, cols } = observation, part = rest.nth(layer, layers);
    const rowGrid = layer === last ? rows : side ** 2, columnGrid = layer === 0 ? cols : side ** 2;
    const columns = layer === 0 ? givenOrder(cols) : orders[layer - 1];
    const histogram = await orderedHistogram(observation, orders[layer], columns, rowGrid, columnGrid, part);
    return { graphon: onGrid(histogram, rowGrid, columnGrid), ...summarise(observation) };
  }));
}

/** What calls that go on beside one another give; where one of them fails, when all have ended. */
async function allOf<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(calls);
  return await Promise.all(calls);
}

/** Nodes by interval of the first degree and, in each interval, by the second, both descending. */
function orderByBoth(first: Float64Array, second: Float64Array, side: number): Uint32Array {
  const order = orderByDegree(first), interval = cellsOfOrder(order, side);
  return order.sort((a, b) => interval[a] - interval[b] || second[b] - second[a] || a - b);
}

function assertChain(masks: readonly BitMatrix[]): void {
  masks.forEach((mask, layer) => {
    if (layer > 0 && mask.cols !== masks[layer - 1].rows) {
      throw new InvalidArgumentError(
        `Expected the mask of layer ${layer} to take ${
          masks[layer - 1].rows
        } inputs but found ${mask.describe()}`,
      );
    }
  });
}
