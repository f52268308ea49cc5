import type { Scope } from "@graphon-limit/pruners";
import { crossing } from "./crossing.ts";
import type { Threshold } from "./threshold.ts";

/** A layer of which the fraction of scores above a threshold can be had, over some of its pairs or over all. */
export interface SearchedLayer {
  readonly logCount: number;
  /** The threshold is given in the layer's own units, the scores divided by `e^logScale`. */
  readonly logScale: number;
  fractionAbove(threshold: number, all: boolean): Promise<number>;
}

const ZERO: Threshold = { sign: 0, logSize: -Infinity };

/** Nearer to 0 there is no score. */
const NEXT_TO_ZERO = 1e-37;

/**
 * The thresholds at which the expected number of weights kept is the fraction `kept`: one for all layers, or one for each. As
 * `solveThresholds`, for layers whose scores have no law in closed form.
 */
export async function searchThresholds(
  layers: readonly SearchedLayer[],
  kept: number,
  scope: Scope,
  signed: boolean,
): Promise<Threshold[]> {
  const found: Threshold[] = [];
  if (scope === "layer") {
    for (const layer of layers) found.push(await search([layer], kept, signed));
    return found;
  }
  const shared = await search(layers, kept, signed);
  return layers.map(() => shared);
}

async function search(layers: readonly SearchedLayer[], kept: number, signed: boolean): Promise<Threshold> {
  if (kept >= 1) return { sign: -1, logSize: Infinity };
  const most = Math.max(...layers.map(({ logCount }) => logCount));
  const weights = layers.map(({ logCount }) => Math.exp(logCount - most));
  const total = weights.reduce((sum, weight) => sum + weight);
  const fraction = async (inUnits: (layer: SearchedLayer) => number, all: boolean) => {
    let sum = 0;
    for (const [index, layer] of layers.entries()) {
      // A layer of an endless network's end counts for nothing.
      if (weights[index] > 0) sum += weights[index] * await layer.fractionAbove(inUnits(layer), all);
    }
    return sum / total;
  };
  const beyond = (sign: 1 | -1, all: boolean) => async (logSize: number) => {
    const above = await fraction(({ logScale }) => sign * Math.exp(logSize - logScale), all);
    return sign > 0 ? above : 1 - above;
  };
  const refined = async (sign: 1 | -1, value: number): Promise<Threshold> => {
    const guess = await crossing(beyond(sign, false), value, undefined);
    return { sign, logSize: await crossing(beyond(sign, true), value, guess) };
  };
  if (kept < await fraction(() => 0, true)) return await refined(1, kept);
  if (signed && kept > await fraction(() => -NEXT_TO_ZERO, true)) return await refined(-1, 1 - kept);
  return ZERO;
}
