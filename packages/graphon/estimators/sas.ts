import { assertCount } from "@graphon-limit/runtime";
import { DEFAULT_GRID } from "../sort_and_smooth.ts";
import { onGrid } from "./cells.ts";
import type { GraphonEstimator } from "./estimator.ts";
import { observedLayout } from "./layout.ts";
import { observe, orderedHistogram, summarise } from "./observation.ts";

/**
 * Sort-and-smooth without its total-variation step (Chan and Airoldi 2014): `sortAndSmooth`, for one mask or several.
 * The squared error of a graphon with strictly monotone degrees falls as `log n / n`.
 */
export const sas: GraphonEstimator = {
  name: "sas",
  async estimate(masks, { grid = DEFAULT_GRID, order } = {}) {
    assertCount("the grid", grid, 1);
    const observation = await observe(masks);
    const [rowOrder, columnOrder] = observedLayout(observation, order);
    const histogram = await orderedHistogram(observation, rowOrder, columnOrder, grid);
    return { graphon: onGrid(histogram, grid), ...summarise(observation), diagnostics: {} };
  },
};
