import type { Scope } from "@graphon-limit/pruners";
import { crossing } from "./crossing.ts";
import type { KeptWeights } from "./kept_weights.ts";

/** One layer of a population as SynFlow's threshold sees it: what is left at a threshold, and what makes it so. */
export interface Pruned {
  readonly weight: number;
  fraction(threshold: number): number;
  /** Where {@linkcode fraction} takes a sample, the same of all weights. */
  fractionOfAll?(threshold: number): Promise<number>;
  raise(threshold: number): void;
}

/** A layer whose weights are all explicit. */
export function explicit(kept: KeptWeights, scales: Float64Array, weight: number): Pruned {
  return {
    weight,
    fraction: (threshold) => kept.fractionAbove(threshold, scales),
    raise: (threshold) => kept.raise(threshold, scales),
  };
}

/** Where the next round's thresholds are sought: as far beyond the last ones as those were beyond the ones before. */
export function guesses(thresholds: readonly (readonly number[])[]): readonly number[] | undefined {
  const last = thresholds.at(-1), before = thresholds.at(-2);
  return last?.map((value, group) => before ? 2 * value - before[group] : value);
}

/** Solves for the round's threshold, or each layer's, and prunes with it. Returns the logarithms. */
export async function raiseAll(
  layers: readonly Pruned[],
  kept: number,
  scope: Scope,
  guess: readonly number[] | undefined,
  exact: boolean,
): Promise<number[]> {
  const groups = scope === "global" ? [layers] : layers.map((layer) => [layer]), logThresholds: number[] = [];
  for (const [index, group] of groups.entries()) {
    const total = group.reduce((sum, { weight }) => sum + weight, 0);
    const fraction = async (logThreshold: number, all: boolean) => {
      let sum = 0;
      for (const layer of group) {
        const threshold = Math.exp(logThreshold), ofAll = all ? layer.fractionOfAll?.(threshold) : undefined;
        sum += layer.weight * (await ofAll ?? layer.fraction(threshold));
      }
      return sum / total;
    };
    let logThreshold = await crossing((at) => fraction(at, false), kept, guess?.[index]);
    if (exact) logThreshold = await crossing((at) => fraction(at, true), kept, logThreshold);
    for (const layer of group) layer.raise(Math.exp(logThreshold));
    logThresholds.push(logThreshold);
  }
  return logThresholds;
}
