import { crossing } from "./crossing.ts";
import { type KeptPart, NEXT_TO_ZERO, type Threshold, thresholdOfTies } from "./threshold.ts";

/** A layer of which the fraction of scores above a threshold can be had, over some of its pairs or over all. */
export interface SearchedLayer {
  readonly logCount: number;
  /** The threshold is given in the layer's own units, the scores divided by `e^logScale`. */
  readonly logScale: number;
  fractionAbove(threshold: number, all: boolean): Promise<number>;
}

/**
 * The thresholds at which the expected number of weights kept is what is asked for: one for all layers, or one for each. As
 * `solveThresholds`, for layers whose scores have no law in closed form.
 */
export async function searchThresholds(
  layers: readonly SearchedLayer[],
  part: KeptPart,
  signed: boolean,
): Promise<Threshold[]> {
  const found: Threshold[] = [];
  if (part.scope === "layer") {
    for (const layer of layers) found.push(await search([layer], part, signed));
    return found;
  }
  const shared = await search(layers, part, signed);
  return layers.map(() => shared);
}

async function search(
  layers: readonly SearchedLayer[],
  { sparsity, ties }: KeptPart,
  signed: boolean,
): Promise<Threshold> {
  const kept = 1 - sparsity;
  if (kept >= 1) return { sign: -1, logSize: Infinity, tied: 0 };
  const most = Math.max(...layers.map(({ logCount }) => logCount));
  const weights = layers.map(({ logCount }) => Math.exp(logCount - most));
  const total = weights.reduce((sum, weight) => sum + weight);
  const fraction = async (inUnits: (layer: SearchedLayer) => number, all: boolean) => {
    // A layer of an endless network's end counts for nothing; the others are asked together, and waited for once.
    const shares = await Promise.all(
      layers.map(async (layer, index) =>
        weights[index] > 0 ? weights[index] * await layer.fractionAbove(inUnits(layer), all) : 0
      ),
    );
    const sum = shares.reduce((total, share) => total + share, 0);
    return sum / total;
  };
  const beyond = (sign: 1 | -1, all: boolean) => async (logSize: number) => {
    const above = await fraction(({ logScale }) => sign * Math.exp(logSize - logScale), all);
    return sign > 0 ? above : 1 - above;
  };
  const refined = async (sign: 1 | -1, value: number): Promise<Threshold> => {
    const guess = await crossing(beyond(sign, false), value, undefined);
    return { sign, logSize: await crossing(beyond(sign, true), value, guess), tied: 0 };
  };
  const above = await fraction(() => 0, true);
  if (kept < above) return await refined(1, kept);
  const atLeast = await fraction(() => -NEXT_TO_ZERO, true);
  return signed && kept > atLeast ? await refined(-1, 1 - kept) : thresholdOfTies(kept, above, atLeast, ties);
}
