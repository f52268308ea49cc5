/**
 * Studies over the other packages: tasks as data, stores of what is done, convergence, the paper's experiments, reports.
 *
 * @module
 */
export { methodLabel, showMethod } from "./method_styles.ts";
export * from "./architectures/architectures.ts";
export { architectureClaims } from "./architectures/claims.ts";
export { writeArchitectures } from "./architectures/files.ts";
export { architectureRateTable, architectureTable } from "./architectures/report.ts";
export * from "./compare/compare.ts";
export { type PairDistance } from "./compare/distances.ts";
export { writeComparison } from "./compare/files.ts";
export * from "./compare/masks.ts";
export { findings } from "./compare/words.ts";
export { overview } from "./compare/report.ts";
export { tapName } from "./kernel_taps.ts";
export * from "./convergence/convergence.ts";
export { writeConvergence } from "./convergence/files.ts";
export { convergenceFindings } from "./convergence/words.ts";
export {
  convergenceFigure,
  convergenceReport,
  convergenceTable,
  heatMapsFigure,
  limitFigure,
  rateTable,
} from "./convergence/report.ts";
export {
  architectureDemand,
  type ArchitectureHistograms,
  type ArchitectureName,
  type ArchitectureParams,
  ARCHITECTURES,
} from "./kinds/architecture_histogram.ts";
export { decodeCells, encodeCells } from "./kinds/cells.ts";
export { type LayerHistogram, maskHistogram, type MaskHistograms } from "./kinds/mask_histogram.ts";
export {
  kernelInputs,
  type NetworkParams,
  networkSeed,
  prunedNetwork,
  pruningDemand,
  purposeSeed,
  scoreSamples,
  type TrialParams,
} from "./kinds/network.ts";
export {
  forecastTraining,
  type KernelPrediction,
  type KernelPredictionOptions,
  predictTraining,
  type TrainingForecast,
} from "./prediction/kernel_prediction.ts";
export { kernelPredictionFigure } from "./prediction/kernel_prediction_figure.ts";
export { type WidthRate } from "./statistics/width_rate.ts";
export { csv } from "./report/csv.ts";
export { formatDuration, formatRate } from "./report/duration.ts";
export { columnAlign, formatCell, formatNumber } from "./report/format.ts";
export { renderReport } from "./report/html.ts";
export { renderMarkdown } from "./report/markdown.ts";
export * from "./report/report.ts";
export { EXPERIMENTS, findExperiments } from "./reproduce/catalogue.ts";
export { type ClaimVerdict } from "./reproduce/experiment.ts";
export { type Finding, runExperiments, type RunResult } from "./reproduce/findings.ts";
export { writeFindings } from "./reproduce/report_files.ts";
export { COMMON, FULL_SCALE, QUICK_SCALE, type Scale, type Sizes } from "./reproduce/scale.ts";
export { FolderStore } from "./tasks/folder_store.ts";
export { canonicalJson, digestOf, type Json } from "./tasks/json.ts";
export { type DataRef, dataRef, type Lab, type PruningDemand } from "./tasks/lab.ts";
export { type LabOptions, Laboratory } from "./tasks/laboratory.ts";
export { MemoryStore } from "./tasks/memory_store.ts";
export {
  distinctTasks,
  runTasks,
  type RunTasksOptions,
  secondsOf,
  tasksInFlight,
} from "./tasks/run_tasks.ts";
export { type Made, type Store, type TaskRecord } from "./tasks/store.ts";
export { describeTask, type Kind, type RegisteredKind, registerKind } from "./tasks/kind.ts";
export { type Params, type Task, taskDigest, taskKey } from "./tasks/task.ts";
export { type Gathered, gatherExperiments, gatherGrid, type GridRow } from "./sweep/collect.ts";
export { roughMemory, roughWork, TimeModel } from "./sweep/estimate.ts";
export { type Failure, Failures } from "./sweep/failures.ts";
export { type Grid, gridTasks, parseGrid } from "./sweep/grid.ts";
export {
  formatPlan,
  parsePlan,
  partOfPlan,
  type Plan,
  type PlanImages,
  type PlannedTask,
  plannedTasks,
  planSweep,
  type SweepQuestion,
} from "./sweep/plan.ts";
export { type RunOutcome, runPlanned, type RunPlannedOptions } from "./sweep/run_planned.ts";
export { type Shard, shardOf } from "./sweep/shards.ts";
