import {
  cutNorm,
  graphonDifference,
  l2Distance,
  sampleFromGraphon,
  sortAndSmooth,
  StepGraphon,
} from "@graphon-limit/graphon";
import { deriveSeed, type Device, type Seed } from "@graphon-limit/runtime";

/** How far two masks of one layer are apart, their neurons in the order of their degrees. */
export interface PairDistance {
  readonly a: string;
  readonly b: string;
  readonly layer: number;
  readonly cutNormLow: number;
  readonly cutNormHigh: number;
  /** `√∬ (A − B)²` over the unit square. */
  readonly l2: number;
  /** What `l2` of two masks of this shape is that come from one graphon, that between the two: the mean of some draws. */
  readonly noiseFloor: number;
  /** The same of the lower bound of the cut norm. */
  readonly cutNormFloor: number;
  /** Whether `l2` is beyond what 95 in 100 such pairs of draws have. */
  readonly beyondNoise: boolean;
}

/** A mask's sorted histogram, and whose it is. */
export interface SortedMask {
  readonly name: string;
  readonly graphon: StepGraphon;
}

/** Masks drawn to see what chance alone does: all pairs of them are compared. */
const DRAWS = 8;

/** The share of drawn pairs that a distance must exceed. */
const CONFIDENCE = 0.95;

/**
 * The distance of two masks of a layer, beside what two masks of one graphon would show: masks of the layer's shape are drawn from
 * the mean of the two histograms, sorted like them, and compared with each other.
 */
export async function pairDistance(
  device: Device,
  a: SortedMask,
  b: SortedMask,
  { layer, rows, cols, seed }: {
    readonly layer: number;
    readonly rows: number;
    readonly cols: number;
    readonly seed: Seed;
  },
): Promise<PairDistance> {
  const { lower, upper } = await cutNorm(graphonDifference(a.graphon, b.graphon));
  const l2 = l2Distance(a.graphon, b.graphon), grid = a.graphon.rows;
  const mean = new StepGraphon(
    grid,
    grid,
    a.graphon.values.map((value, cell) => Math.min(1, (value + b.graphon.values[cell]) / 2)),
  );
  const drawn: StepGraphon[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    using mask = sampleFromGraphon(device, mean, rows, cols, { seed: deriveSeed(seed, draw), layer });
    drawn.push((await sortAndSmooth(mask, grid)).graphon);
  }
  const pairs = drawn.flatMap((one, at) => drawn.slice(0, at).map((other) => [one, other] as const));
  const floors = pairs.map(([one, other]) => l2Distance(one, other)).sort((x, y) => x - y);
  // A cut takes longer than a sum of squares: some of the pairs will do.
  const cuts: number[] = [];
  for (const [one, other] of pairs.slice(0, DRAWS / 2)) {
    cuts.push((await cutNorm(graphonDifference(one, other), { starts: 8 })).lower);
  }
  return {
    ...{ a: a.name, b: b.name, layer, cutNormLow: lower, cutNormHigh: upper, l2 },
    noiseFloor: meanOf(floors),
    cutNormFloor: meanOf(cuts),
    beyondNoise: l2 > floors[Math.floor(CONFIDENCE * floors.length)],
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
