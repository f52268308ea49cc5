import { assertCount, type BitMatrix, type LongCallOptions } from "@graphon-limit/runtime";
import { givenOrder, onGrid, orderByDegree } from "./estimators/cells.ts";
import { observe, orderedHistogram, summarise } from "./estimators/observation.ts";
import type { StepGraphon } from "./step_graphon.ts";
import { type Watch, watchCall } from "./watch.ts";

/** Intervals per axis of the histogram, unless told otherwise: the paper's K. */
export const DEFAULT_GRID = 64;

/** A sort-and-smooth estimate and the counts it rests on. */
export interface SortedHistogram {
  /** `[grid, grid]`, rows the layer's outputs and columns its inputs, both by descending degree unless kept as they are. */
  readonly graphon: StepGraphon;
  /** Ones in the mask. */
  readonly kept: number;
  /** Inputs (columns) and outputs (rows) without any kept weight. */
  readonly deadInputs: number;
  readonly deadOutputs: number;
}

/** Axes of a mask whose nodes are not exchangeable and stay as they are: pixels, classes. */
export interface KeptAxes {
  /** A row of the result for each output of the layer, in the mask's order, in place of `grid` sorted ones. */
  readonly outputs?: boolean | undefined;
  /** A column for each input, likewise. */
  readonly inputs?: boolean | undefined;
}

/**
 * The graphon estimate of one mask by sort-and-smooth without its total-variation step (Chan and Airoldi 2014; docs/mathematics.md
 * §3): rows and columns sorted by descending degree, ties by index; each axis cut into `grid` intervals, position `i` of
 * `n` falling into `⌊i·grid/n⌋`; cell means of the sorted mask. An axis shorter than the grid is expanded by overlap, so
 * that the result is the exact cell average of the mask's step function.
 *
 * @param mask `[outputs, inputs]`
 * @param grid cells per axis
 * @param kept axes that are neither sorted nor cut
 * @param call progress is told in percent
 * @throws {InvalidArgumentError} unless the grid is a positive whole number
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sampleFromGraphon, sortAndSmooth, StepGraphon } from "@graphon-limit/graphon";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * const truth = StepGraphon.from((u, v) => (1 - u) * (1 - v), 4);
 * using mask = sampleFromGraphon(device, truth, 256, 256, { seed: seedFrom(0) });
 * const { graphon, kept } = await sortAndSmooth(mask, 4);
 * assert.equal(kept, Math.round(graphon.density * 256 * 256));
 * assert.ok(Math.abs(graphon.at(0, 0) - truth.at(0, 0)) < 0.05);
 * ```
 */
export async function sortAndSmooth(
  mask: BitMatrix,
  grid = DEFAULT_GRID,
  kept: KeptAxes = {},
  call: LongCallOptions = {},
): Promise<SortedHistogram> {
  return await sortedHistogram(mask, grid, kept, watchCall(call));
}

/** What {@linkcode sortAndSmooth} does, as a part of a longer call. */
export async function sortedHistogram(
  mask: BitMatrix,
  grid: number,
  kept: KeptAxes,
  watch: Watch,
): Promise<SortedHistogram> {
  assertCount("the grid", grid, 1);
  const observation = await observe(mask, watch.part(0, 0.4));
  const { rows, cols, outputDegrees, inputDegrees } = observation;
  const rowGrid = kept.outputs ? rows : grid, columnGrid = kept.inputs ? cols : grid;
  const histogram = await orderedHistogram(
    observation,
    kept.outputs ? givenOrder(rows) : orderByDegree(outputDegrees),
    kept.inputs ? givenOrder(cols) : orderByDegree(inputDegrees),
    rowGrid,
    columnGrid,
    watch.part(0.4, 0.95),
  );
  const graphon = onGrid(histogram, rowGrid, columnGrid);
  await watch.at(1);
  return { graphon, ...summarise(observation) };
}
