/**
 * Experiments, figures and reports over the other packages; the command line is `cli.ts`.
 *
 * @module
 */
export * from "./experiments/convergence.ts";
export { writeConvergence } from "./experiments/convergence_files.ts";
export {
  convergenceFigure,
  convergenceReport,
  convergenceTable,
  heatMapsFigure,
  limitFigure,
} from "./experiments/convergence_report.ts";
export {
  type KernelPrediction,
  type KernelPredictionOptions,
  predictTraining,
} from "./experiments/kernel_prediction.ts";
export { kernelPredictionFigure } from "./experiments/kernel_prediction_figure.ts";
export {
  convergencePlot,
  type ConvergencePlotOptions,
  type ConvergenceSeries,
} from "./figures/convergence_plot.ts";
export {
  heatMap,
  type HeatMapCell,
  heatMapGrid,
  type HeatMapGridOptions,
  type HeatMapOptions,
} from "./figures/heat_map.ts";
export { linePlot, type LinePlotOptions, type PlotSeries } from "./figures/line_plot.ts";
export { type RenderOptions, renderSvg, saveFigure, type WriteFile } from "./figures/render.ts";
export { type FigureSpec, type FigureTheme } from "./figures/theme.ts";
export { renderReport } from "./report/html.ts";
export { renderMarkdown } from "./report/markdown.ts";
export * from "./report/report.ts";
