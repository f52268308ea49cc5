import { Resources } from "@graphon-limit/model";
import type { Matrix } from "@graphon-limit/runtime";
import { estimateLayer, type LayerEstimate } from "./layer_estimate.ts";
import type { LayerLaws } from "./layer_laws.ts";
import { type FactorsOf, type NetworkSignals, scoreScales } from "./neuron_types.ts";
import type { MaskPlan } from "./options.ts";
import { inUnitsOf, type LayerScores, magnitudesOf, solveThresholds } from "./threshold.ts";

/**
 * How a method's scores are made: the weight times a factor that the neurons' types say. A score that is another power of the
 * weight times a factor is ranked as its root, so that its limit is this one of the factor's root.
 */
export interface ScoreRule {
  readonly factors: FactorsOf;
  /** Whether the sign of a score counts, and the lowest go; the size alone does otherwise. */
  readonly signed: boolean;
  /** The power of the weight in its score; 1 unless given. */
  readonly power?: 0 | 1 | 2 | undefined;
}

/** Steps that {@linkcode estimateLayers} takes. */
export function estimateSteps({ layers }: LayerLaws): number {
  return 2 * layers.length;
}

/**
 * Given the signals of all layers: the scales of their scores, the threshold that keeps the wanted fraction in expectation,
 * and each layer's graphon.
 */
export async function estimateLayers(
  { layers, weights: law }: LayerLaws,
  signals: NetworkSignals,
  { factors, signed }: ScoreRule,
  { sparsity, scope, grid }: MaskPlan,
  step: () => Promise<void>,
): Promise<LayerEstimate[]> {
  using scales = new Resources();
  const matrices: Matrix[] = [], scores: LayerScores[] = [];
  for (const [index, { logCount, logForwardDeviation }] of layers.entries()) {
    using made = new Resources();
    const scale = scales.add(scoreScales(factors(signals.layers[index], made)));
    matrices.push(scale);
    const logScale = logForwardDeviation + signals.logUnits[index];
    scores.push({ logCount, logScale, ...await magnitudesOf(scale) });
    await step();
  }
  const thresholds = solveThresholds(scores, 1 - sparsity, scope, { law, signed });
  const estimates: LayerEstimate[] = [];
  for (const [index, { outputs, inputs }] of layers.entries()) {
    const threshold = inUnitsOf(scores[index], thresholds[index]);
    estimates.push(
      await estimateLayer(matrices[index], { threshold, law, signed, grid, outputs, inputs }),
    );
    await step();
  }
  return estimates;
}
