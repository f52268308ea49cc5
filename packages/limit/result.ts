import { StepGraphon } from "@graphon-limit/graphon";
import type { LayerEstimate } from "./layer_estimate.ts";

/** The limit of one layer's masks. */
export interface LimitLayer extends LayerEstimate {
  /** Expected degrees by position, as fractions: the graphon's marginals. */
  readonly outputDegrees: Float64Array;
  readonly inputDegrees: Float64Array;
  /** Standard error of each cell, from the spread of the repetitions; undefined for a single one. */
  readonly standardError: Float64Array | undefined;
}

/** The mean over repetitions of one layer's estimates. */
export function combine(estimates: readonly LayerEstimate[]): LimitLayer {
  const mean = (value: (estimate: LayerEstimate) => number) =>
    estimates.reduce((sum, estimate) => sum + value(estimate), 0) / estimates.length;
  const graphon = average(estimates.map((estimate) => estimate.graphon));
  const { outputs, inputs } = graphon.degrees();
  return {
    graphon,
    secondMoment: average(estimates.map((estimate) => estimate.secondMoment)),
    density: mean(({ density }) => density),
    deadOutputs: mean(({ deadOutputs }) => deadOutputs),
    deadInputs: mean(({ deadInputs }) => deadInputs),
    outputDegrees: outputs,
    inputDegrees: inputs,
    standardError: standardError(estimates.map((estimate) => estimate.graphon), graphon),
  };
}

function average(graphons: readonly StepGraphon[]): StepGraphon {
  const { rows, cols, values } = graphons[0];
  return new StepGraphon(
    rows,
    cols,
    values.map((_, cell) =>
      graphons.reduce((sum, graphon) => sum + graphon.values[cell], 0) / graphons.length
    ),
  );
}

function standardError(graphons: readonly StepGraphon[], mean: StepGraphon): Float64Array | undefined {
  const count = graphons.length;
  if (count < 2) return undefined;
  return mean.values.map((centre, cell) => {
    const squares = graphons.reduce((sum, graphon) => sum + (graphon.values[cell] - centre) ** 2, 0);
    return Math.sqrt(squares / (count - 1) / count);
  });
}
