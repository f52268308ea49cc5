import { assertCount } from "@graphon-limit/runtime";
import { DEFAULT_GRID } from "../sort_and_smooth.ts";
import { watchCall } from "../watch.ts";
import { onGrid } from "./cells.ts";
import type { GraphonEstimator } from "./estimator.ts";
import { observedLayout } from "./layout.ts";
import { observe, orderedHistogram, summarise } from "./observation.ts";
import { histogramPlan } from "./plan.ts";

/**
 * Sort-and-smooth without its total-variation step (Chan and Airoldi 2014): `sortAndSmooth`, for one mask or several.
 * The squared error of a graphon with strictly monotone degrees falls as `log n / n`.
 */
export const sas: GraphonEstimator = {
  name: "sas",
  plan: (shape, grid = DEFAULT_GRID) => histogramPlan(shape, grid, grid),
  async estimate(masks, { grid = DEFAULT_GRID, order, ...call } = {}) {
    assertCount("the grid", grid, 1);
    const watch = watchCall(call);
    const observation = await observe(masks, watch.part(0, 0.4));
    const [rowOrder, columnOrder] = observedLayout(observation, order);
    const rest = watch.part(0.4, 0.95);
    const histogram = await orderedHistogram(observation, rowOrder, columnOrder, grid, grid, rest);
    const graphon = onGrid(histogram, grid);
    await watch.at(1);
    return { graphon, ...summarise(observation), diagnostics: {} };
  },
};
