import { Resources } from "@graphon-limit/model";
import type { Matrix } from "@graphon-limit/runtime";
import { estimateLayer, type LayerEstimate } from "./layer_estimate.ts";
import type { LayerLaw, LayerLaws } from "./layer_laws.ts";
import { type FactorsOf, type NetworkSignals, scoreScales } from "./neuron_types.ts";
import type { MaskPlan } from "./options.ts";
import { inUnitsOf, type LayerScores, magnitudesOf, solveThresholds } from "./threshold.ts";

/** How a method's scores are made: a power of the weight's size times a factor that the neurons' types say. */
export interface ScoreRule {
  readonly factors: FactorsOf;
  /** Whether the sign of a score counts, and the lowest go; the size alone does otherwise. */
  readonly signed: boolean;
  /** The power of the weight in its score. */
  readonly power: 0 | 1 | 2;
  /** The power of what flows back, a gradient of the loss, in the factor. */
  readonly degree: 0 | 1 | 2;
}

/** The logarithm of what scores are in units of, for weights of deviation 1. @param logUnit of what the layer's gradients are */
export function scoreUnit(
  { logDeviation, logForwardDeviation }: LayerLaw,
  { power, degree }: ScoreRule,
  logUnit: number,
): number {
  // A gradient has the layer's factor that the forward pass has.
  const logFactor = logForwardDeviation - logDeviation;
  return power * logForwardDeviation + (degree - power) * logFactor + degree * logUnit;
}

/** Steps that {@linkcode estimateLayers} takes. */
export function estimateSteps({ layers }: LayerLaws): number {
  return 2 * layers.length;
}

/**
 * Given the signals of all layers, for weights of which nothing else is known and their first power: the scales of their scores, the threshold that keeps the wanted fraction in expectation,
 * and each layer's graphon.
 */
export async function estimateLayers(
  { layers, weights: law }: LayerLaws,
  signals: NetworkSignals,
  rule: ScoreRule,
  plan: MaskPlan,
  step: () => Promise<void>,
): Promise<LayerEstimate[]> {
  using scales = new Resources();
  const matrices: Matrix[] = [];
  const { factors, signed } = rule;
  for (const index of layers.keys()) {
    using made = new Resources();
    const scale = scales.add(scoreScales(await factors(signals.layers[index], made)));
    matrices.push(scale);
    await step();
  }
  const found = await Promise.all(matrices.map(magnitudesOf));
  const scores: LayerScores[] = layers.map((layer, index) => ({
    logCount: layer.logCount,
    logScale: scoreUnit(layer, rule, signals.logUnits[index]),
    ...found[index],
  }));
  const thresholds = solveThresholds(scores, plan, { law, signed });
  const estimates: LayerEstimate[] = [];
  for (const [index, { outputs, inputs }] of layers.entries()) {
    const threshold = inUnitsOf(scores[index], thresholds[index]), { tied } = thresholds[index];
    estimates.push(
      await estimateLayer(matrices[index], {
        threshold,
        tied,
        law,
        signed,
        grid: plan.grid,
        outputs,
        inputs,
      }),
    );
    await step();
  }
  return estimates;
}
