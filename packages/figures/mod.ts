/**
 * Figures of masks, graphons and measurements as SVG or PNG, without a browser: heat maps, line plots, convergence plots.
 *
 * @module
 */
export { sequentialColours } from "./colour_map.ts";
export { convergencePlot, type ConvergencePlotOptions, type ConvergenceSeries } from "./convergence_plot.ts";
export { type FigureSpec, type FigureTheme } from "./figure.ts";
export {
  heatMap,
  type HeatMapCell,
  heatMapGrid,
  type HeatMapGridOptions,
  type HeatMapOptions,
} from "./heat_map.ts";
export { linePlot, type LinePlotOptions, type PlotSeries } from "./line_plot.ts";
export { defineSeries, figureInks, labelSeries, seriesLabel, type SeriesStyle } from "./palette.ts";
export { loadRaster, NoRasterError, svgToPng } from "./raster.ts";
export { recolour } from "./recolour.ts";
export { type RenderOptions, renderSvg, saveFigure, type WriteFile } from "./render.ts";
export { checkSelfContained, escapeMarkup, prefixIds, setRootAttributes, svgLabel, svgSize } from "./svg.ts";
