/**
 * Studies over the other packages: convergence, the paper's experiments, and their reports.
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
  rateTable,
} from "./experiments/convergence_report.ts";
export {
  type KernelPrediction,
  type KernelPredictionOptions,
  predictTraining,
} from "./experiments/kernel_prediction.ts";
export { kernelPredictionFigure } from "./experiments/kernel_prediction_figure.ts";
export { formatDuration, formatRate } from "./report/duration.ts";
export { columnAlign, formatCell, formatNumber } from "./report/format.ts";
export { renderReport } from "./report/html.ts";
export { renderMarkdown } from "./report/markdown.ts";
export * from "./report/report.ts";
export { EXPERIMENTS, findExperiments } from "./reproduce/catalogue.ts";
export { Laboratory } from "./reproduce/laboratory.ts";
export { writeFindings } from "./reproduce/report_files.ts";
export { type Finding, runExperiments, type RunResult } from "./reproduce/run.ts";
export { FULL_SCALE, QUICK_SCALE, type Scale } from "./reproduce/scale.ts";
export { UnitStore } from "./reproduce/unit_store.ts";
