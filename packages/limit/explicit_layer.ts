import { StepGraphon } from "@graphon-limit/graphon";
import { type AxisCells, axisCells } from "./cells.ts";
import type { KeptWeights } from "./kept_weights.ts";
import { deadFraction, type LayerEstimate, logOfNone } from "./layer_estimate.ts";
import type { LayerLaw } from "./layer_laws.ts";
import type { Resolution } from "./options.ts";

/**
 * A layer whose other side's neurons are all alike: the inputs, or the outputs. Its graphon depends on the position of the
 * hidden neuron alone, whose degree is known from its weights.
 *
 * @param axis which side of the layer the hidden neurons are
 */
export function explicitLayer(
  weights: KeptWeights,
  axis: "outputs" | "inputs",
  { outputs, inputs }: LayerLaw,
  grid: Resolution,
): LayerEstimate {
  const { degrees, second } = weights.degrees();
  const meanOf = (value: (degree: number) => number) =>
    degrees.reduce((sum, degree) => sum + value(degree), 0) / degrees.length;
  const density = meanOf((degree) => degree), dead = meanOf((degree) => degree === 0 ? 1 : 0);
  // A hidden neuron keeps weights to any of those that are alike with its degree as the chance.
  const alike = (count: number) =>
    deadFraction(
      Float32Array.of(count === degrees.length ? meanOf(logOfNone) : logOfNone(density)),
      count,
    );
  const counts = {
    density,
    deadOutputs: axis === "outputs" ? dead : alike(inputs),
    deadInputs: axis === "inputs" ? dead : alike(outputs),
  };
  if (grid === "types") {
    return { graphon: line(degrees, axis), secondMoment: line(second, axis), ...counts };
  }
  const cells = axisCells(degrees, axis === "outputs" ? outputs : inputs, grid);
  return {
    graphon: spread(degrees, cells, axis, grid.cells),
    secondMoment: spread(second, cells, axis, grid.cells),
    ...counts,
  };
}

/** A cell for every type, and one for all neurons of the other side. */
function line(values: Float32Array, axis: "outputs" | "inputs"): StepGraphon {
  const count = values.length;
  const [rows, cols] = axis === "outputs" ? [count, 1] : [1, count];
  return new StepGraphon(rows, cols, Float64Array.from(values));
}

/** Cell means of a function of one position, constant along the other axis. */
function spread(
  values: Float32Array,
  { count, shares }: AxisCells,
  axis: "outputs" | "inputs",
  grid: number,
): StepGraphon {
  const means = new Float64Array(count);
  for (const [type, cell, share] of shares) means[cell] += share * values[type];
  const [rows, cols] = axis === "outputs" ? [count, 1] : [1, count];
  return new StepGraphon(rows, cols, means).regrid(grid);
}
