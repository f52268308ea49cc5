import type { WeightLaw } from "@graphon-limit/ops";
import type { Scope } from "@graphon-limit/pruners";
import type { Matrix } from "@graphon-limit/runtime";
import type { Resolution } from "./options.ts";
import { estimateLayer, type LayerEstimate } from "./layer_estimate.ts";
import { type LayerTypes, scoreScales } from "./neuron_types.ts";
import { inUnitsOf, type LayerScores, magnitudesOf, solveThresholds } from "./threshold.ts";

/** What is known of a layer besides the types of its neurons. */
export interface ScoredLayer {
  readonly types: LayerTypes;
  readonly logCount: number;
  readonly logScale: number;
  /** The true sizes. */
  readonly outputs: number;
  readonly inputs: number;
}

/**
 * Given the types of all layers: the scales of their scores, the threshold that keeps the wanted fraction in expectation,
 * and each layer's graphon.
 */
export async function estimateLayers(
  layers: readonly ScoredLayer[],
  { kept, scope, law, signed, grid }: {
    kept: number;
    scope: Scope;
    law: WeightLaw;
    signed: boolean;
    grid: Resolution;
  },
): Promise<LayerEstimate[]> {
  const scales: Matrix[] = [];
  try {
    const scores: LayerScores[] = [];
    for (const { types, logCount, logScale } of layers) {
      const scale = scoreScales(types);
      scales.push(scale);
      scores.push({ logCount, logScale, ...await magnitudesOf(scale) });
    }
    const thresholds = solveThresholds(scores, kept, scope, { law, signed });
    const estimates: LayerEstimate[] = [];
    for (const [index, { outputs, inputs }] of layers.entries()) {
      const threshold = inUnitsOf(scores[index], thresholds[index]);
      estimates.push(await estimateLayer(scales[index], { threshold, law, signed, grid, outputs, inputs }));
    }
    return estimates;
  } finally {
    for (const scale of scales) scale.dispose();
  }
}
