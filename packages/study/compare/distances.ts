import { cutNorm, graphonDifference, type KernelHistogram, l2Distance } from "@graphon-limit/graphon";
import type { Network } from "@graphon-limit/model";
import { heedSignal, type Seed } from "@graphon-limit/runtime";
import { drawSorted, type SortedPair } from "./draws.ts";

/** How far two masks of one layer are apart, their neurons in the order of their degrees. */
export interface PairDistance {
  readonly a: string;
  readonly b: string;
  readonly layer: number;
  /** Of a convolution the mean over its taps, which are in one order; of both bounds. */
  readonly cutNormLow: number;
  readonly cutNormHigh: number;
  /** `√∬ (A − B)²` over the unit square, and over the taps of a convolution. */
  readonly l2: number;
  /** What `l2` of two masks of this shape is that come from one graphon, that between the two: the mean of some draws. */
  readonly noiseFloor: number;
  /** The same of the lower bound of the cut norm. */
  readonly cutNormFloor: number;
  /** Whether `l2` is beyond what 95 in 100 such pairs of draws have. */
  readonly beyondNoise: boolean;
}

/** Masks drawn to see what chance alone does: all pairs of them are compared. */
const DRAWS = 8;

/** The share of drawn pairs that a distance must exceed. */
const CONFIDENCE = 0.95;

/**
 * The distances of two networks' masks, layer by layer, beside what two masks of one graphon would show: masks of all layers are drawn
 * from between the two, sorted like them, and compared with each other.
 */
export async function pairDistances(
  network: Network,
  pair: SortedPair,
  { grid, seed, signal }: {
    readonly grid: number;
    readonly seed: Seed;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<PairDistance[]> {
  const drawn: KernelHistogram[][] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    drawn.push(await drawSorted(network, pair, { grid, draw, seed, signal }));
  }
  const [a, b] = pair, distances: PairDistance[] = [];
  for (const layer of network.weights.keys()) {
    await heedSignal({ signal });
    const own = drawn.map((histograms) => histograms[layer]);
    const found = await layerDistance(a.layers[layer], b.layers[layer], own);
    distances.push({ ...{ a: a.name, b: b.name, layer }, ...found });
  }
  return distances;
}

async function layerDistance(
  a: KernelHistogram,
  b: KernelHistogram,
  drawn: readonly KernelHistogram[],
): Promise<Omit<PairDistance, "a" | "b" | "layer">> {
  const cut = await tapCuts(a, b), l2 = tapsDistance(a, b);
  const pairs = drawn.flatMap((one, at) => drawn.slice(0, at).map((other) => [one, other] as const));
  const floors = pairs.map(([one, other]) => tapsDistance(one, other)).sort((x, y) => x - y);
  // A cut takes longer than a sum of squares: some of the pairs will do, and fewer where each has many taps.
  const cuts: number[] = [];
  for (const [one, other] of pairs.slice(0, Math.ceil(DRAWS / 2 / a.taps.length))) {
    cuts.push((await tapCuts(one, other, 8)).lower);
  }
  return {
    ...{ cutNormLow: cut.lower, cutNormHigh: cut.upper, l2 },
    noiseFloor: meanOf(floors),
    cutNormFloor: meanOf(cuts),
    beyondNoise: l2 > floors[Math.floor(CONFIDENCE * floors.length)],
  };
}

/** The cut norm's bounds, means over taps. */
async function tapCuts(a: KernelHistogram, b: KernelHistogram, starts?: number) {
  const lower: number[] = [], upper: number[] = [];
  for (const [tap, graphon] of a.taps.entries()) {
    const found = await cutNorm(graphonDifference(graphon, b.taps[tap]), { starts });
    lower.push(found.lower);
    upper.push(found.upper);
  }
  return { lower: meanOf(lower), upper: meanOf(upper) };
}

/** The root of the mean over taps of their squared distances. */
function tapsDistance(a: KernelHistogram, b: KernelHistogram): number {
  return Math.sqrt(meanOf(a.taps.map((graphon, tap) => l2Distance(graphon, b.taps[tap]) ** 2)));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
