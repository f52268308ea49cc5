import { assertCount, RandomSequence, type Seed } from "@graphon-limit/runtime";
import { DEFAULT_GRID } from "../sort_and_smooth.ts";
import { StepGraphon } from "../step_graphon.ts";
import { type Watch, watchCall } from "../watch.ts";
import { cellSizes, onGrid } from "./cells.ts";
import type { GraphonEstimator } from "./estimator.ts";
import { observedLayout } from "./layout.ts";
import { observe, orderedHistogram, summarise } from "./observation.ts";
import { denoisingPlan } from "./plan.ts";
import { denoising } from "./total_variation.ts";

/** Weights tried, in units of the cells' noise: from next to nothing to what makes all but steep graphons constant. */
const WEIGHTS = [0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32];

/** How far the probe of the minimiser's response moves a cell, in units of its noise. */
const PROBE = 0.1;

/**
 * Sort-and-smooth with its second step: the histogram is denoised by total variation (Chan and Airoldi 2014, section 3). The
 * weight is the one with the least unbiased risk estimate (Stein 1981; the divergence by a random probe, Ramani, Blu and
 * Unser 2008) for cells whose noise is binomial, so that a histogram without noise is left alone.
 */
export const sasTv: GraphonEstimator = {
  name: "sas-tv",
  plan: (shape, grid = DEFAULT_GRID) => denoisingPlan(shape, grid, 2 * WEIGHTS.length),
  async estimate(masks, { grid = DEFAULT_GRID, order, seed = 0, ...call } = {}) {
    assertCount("the grid", grid, 1);
    const watch = watchCall(call), observation = await observe(masks, watch.part(0, 0.1));
    const [rowOrder, columnOrder] = observedLayout(observation, order);
    const counting = watch.part(0.1, 0.2);
    const histogram = await orderedHistogram(observation, rowOrder, columnOrder, grid, grid, counting);
    const deviations = cellDeviations(histogram, observation);
    const { values, weight, risk } = await leastRisk(histogram, deviations, seed, watch.part(0.2, 0.95));
    const graphon = onGrid(new StepGraphon(histogram.rows, histogram.cols, values), grid);
    await watch.at(1);
    return {
      graphon,
      ...summarise(observation),
      diagnostics: { weight, estimatedRisk: risk },
    };
  },
};

/** Standard deviations of the cell means: binomial, with half a one and half a zero added so that none is certain. */
function cellDeviations(
  { rows, cols, values }: StepGraphon,
  nodes: { rows: number; cols: number; masks: { length: number } },
): Float64Array {
  const rowSizes = cellSizes(nodes.rows, rows), columnSizes = cellSizes(nodes.cols, cols);
  return values.map((mean, cell) => {
    const entries = rowSizes[Math.floor(cell / cols)] * columnSizes[cell % cols] * nodes.masks.length;
    const p = (mean * entries + 0.5) / (entries + 1);
    return Math.sqrt(p * (1 - p) / entries);
  });
}

/** The denoised values with the least estimated risk, `‖x − y‖² − Σσ² + 2 Σ σ² ∂x/∂y`, summed over the cells. */
async function leastRisk(
  { rows, cols, values }: StepGraphon,
  deviations: Float64Array,
  seed: Seed | number,
  watch: Watch,
): Promise<{ values: Float64Array; weight: number; risk: number }> {
  const noise = deviations.reduce((sum, deviation) => sum + deviation ** 2, 0);
  const unit = Math.sqrt(noise / values.length), random = new RandomSequence(seed);
  const probe = deviations.map((deviation) => deviation * (random.integer(2) === 0 ? -1 : 1));
  const moved = values.map((value, cell) => value + PROBE * probe[cell]);
  let best = { values, weight: 0, risk: Infinity };
  for (const [index, factor] of WEIGHTS.entries()) {
    const weight = factor * unit, part = watch.nth(index, WEIGHTS.length);
    const denoised = await atLeisure(denoising(values, rows, cols, weight), part.part(0, 0.5));
    const response = await atLeisure(denoising(moved, rows, cols, weight), part.part(0.5, 1));
    let risk = -noise;
    for (let cell = 0; cell < values.length; cell++) {
      risk += (denoised[cell] - values[cell]) ** 2;
      risk += 2 * probe[cell] * (response[cell] - denoised[cell]) / PROBE;
    }
    if (risk < best.risk) best = { values: denoised, weight, risk };
  }
  return best;
}

/** Lets work that pauses end, heeding a signal at its pauses. */
async function atLeisure<T>(work: Generator<number, T>, watch: Watch): Promise<T> {
  while (true) {
    const { done, value } = work.next();
    if (done) return value;
    await watch.at(value);
  }
}
