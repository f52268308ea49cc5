import { cellSizes } from "../estimators/cells.ts";
import { overlapShares, type StepGraphon } from "../step_graphon.ts";
import type { GraphonTrials } from "../trials.ts";
import { frobeniusDistance } from "./norms.ts";

/** A distance between two averaged estimates, and what sampling noise alone would make of it. */
export interface MeasuredDistance {
  /** `‖mean A − mean B‖_F`. */
  readonly distance: number;
  /**
   * The distance expected between the two averages if their graphons were equal, `√(Σ s_A²/T_A + Σ s_B²/T_B)`. From the
   * trials' spread where both have at least two trials; with a single trial, from the Bernoulli variance
   * `Σ p(1−p)/m` of the cell means.
   */
  readonly noiseFloor: number;
  /** `√max(0, distance² − noiseFloor²)`. */
  readonly debiased: number;
}

/**
 * The distance between the averages of two sets of trials. The same set on both sides gives zeros.
 *
 * @param entries what {@linkcode entriesPerCell} says of each side's masks, for the noise floor of single trials
 */
export function measureDistance(
  trials: GraphonTrials,
  reference: GraphonTrials,
  entries: readonly [number, number],
): MeasuredDistance {
  const distance = frobeniusDistance(trials.mean, reference.mean);
  if (trials === reference) return { distance, noiseFloor: 0, debiased: 0 };
  const error = squaredError(trials, entries[0]) + squaredError(reference, entries[1]);
  return {
    distance,
    noiseFloor: Math.sqrt(error),
    debiased: Math.sqrt(Math.max(0, distance ** 2 - error)),
  };
}

function squaredError(trials: GraphonTrials, entriesPerCell: number): number {
  return trials.squaredError ?? bernoulliSquaredError(trials.mean, entriesPerCell);
}

/** `Σ p(1−p)/m` over the cells: the squared noise floor of one trial with `m` mask entries in each cell (docs/mathematics.md §3). */
export function bernoulliSquaredError(graphon: StepGraphon, entriesPerCell: number): number {
  return graphon.values.reduce((sum, p) => sum + p * (1 - p), 0) / entriesPerCell;
}

/**
 * The `m` of {@linkcode bernoulliSquaredError} for the histogram of a mask of `outputs` × `inputs` entries: where the grid does not divide
 * them some cells hold one neuron more than others, and noise goes by the mean of 1/m; of an axis that is shorter than the
 * grid, several cells show the same neuron.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { entriesPerCell } from "@graphon-limit/graphon";
 *
 * assert.ok(Math.abs(entriesPerCell(128, 640, 64) - 2 * 10) < 1e-12);
 * assert.equal(entriesPerCell(16, 64, 64), 1);
 * // 36 cells of two neurons each and 28 of one.
 * assert.ok(Math.abs(entriesPerCell(100, 64, 64) - 64 / (36 / 2 + 28)) < 1e-12);
 * ```
 */
export function entriesPerCell(outputs: number, inputs: number, grid: number): number {
  return 1 / (varianceLeft(outputs, grid) * varianceLeft(inputs, grid));
}

/** Of the variance of one neuron's entry, what a cell's mean has of it, on average over the cells of an axis. */
function varianceLeft(neurons: number, cells: number): number {
  const ofCells = neurons < cells
    ? overlapShares(neurons, cells).map(([, , share]) => share ** 2)
    : Array.from(cellSizes(neurons, cells), (size) => 1 / size);
  return ofCells.reduce((sum, variance) => sum + variance, 0) / cells;
}
