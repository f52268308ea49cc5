import { keepMoment } from "@graphon-limit/ops";
import type { Scope } from "@graphon-limit/pruners";
import { StepGraphon } from "@graphon-limit/graphon";
import type { LayerEstimate } from "./layer_estimate.ts";
import type { NetworkLaw } from "./layer_laws.ts";
import type { Resolution } from "./options.ts";
import { inUnitsOf, type LayerScores, solveThresholds } from "./threshold.ts";

/** Random pruning: every weight of a layer is kept with one probability, whatever it is. */
export function randomLimit({ layers }: NetworkLaw, kept: number, grid: Resolution): LayerEstimate[] {
  return layers.map(({ outputs, inputs }) => constantLayer(kept, kept, outputs, inputs, grid));
}

/** Magnitude pruning: `2Φ̄(τ/σ_l)` in each layer (design §5), and the second moment of what is left of its weights. */
export function magnitudeLimit(
  { layers, weights: law }: NetworkLaw,
  kept: number,
  scope: Scope,
  grid: Resolution,
): LayerEstimate[] {
  const scores = layers.map(({ logCount, logDeviation }): LayerScores => ({
    logCount,
    logScale: logDeviation,
    magnitudes: Float64Array.of(1),
    shares: Float64Array.of(1),
  }));
  const thresholds = solveThresholds(scores, kept, scope, { law, signed: false });
  return layers.map(({ outputs, inputs }, layer) => {
    const threshold = inUnitsOf(scores[layer], thresholds[layer]);
    const probability = keepMoment(1, threshold, { law });
    return constantLayer(
      probability,
      keepMoment(1, threshold, { law, moment: "second" }),
      outputs,
      inputs,
      grid,
    );
  });
}

function constantLayer(
  probability: number,
  second: number,
  outputs: number,
  inputs: number,
  grid: Resolution,
): LayerEstimate {
  // All neurons are of one type.
  const cells = grid === "types" ? 1 : grid;
  const dead = (count: number) => probability === 1 ? 0 : probability > 0 ? (1 - probability) ** count : 1;
  return {
    graphon: StepGraphon.constant(probability, cells),
    secondMoment: StepGraphon.constant(second, cells),
    density: probability,
    deadOutputs: dead(inputs),
    deadInputs: dead(outputs),
  };
}
