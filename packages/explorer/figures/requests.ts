import type { ConvergencePlotOptions, HeatMapGridOptions, LinePlotOptions } from "@graphon-limit/figures";
import { request } from "../worker/protocol.ts";

/** A chart as the library's figures have it, and the size of its text on the page. */
export type Chart =
  | { readonly kind: "lines"; readonly options: LinePlotOptions }
  | { readonly kind: "convergence"; readonly options: ConvergencePlotOptions }
  | { readonly kind: "heatMaps"; readonly options: HeatMapGridOptions };

/** How a chart is coloured: by the reader's own preference on the page, in one way in a file. */
export interface ChartParams {
  readonly chart: Chart;
  readonly theme: "adaptive" | "light" | "dark";
  /** What ids in it begin with, so that charts on one page keep theirs apart. */
  readonly idPrefix: string;
}

/** The chart's SVG. */
export const drawChart = request<ChartParams, string>("figures/chart");
