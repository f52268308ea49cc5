/**
 * Graphons of masks: step graphons, their estimation, averaging, distances, sampling.
 *
 * @module
 */
export * from "./axis_orders.ts";
export { orderByDegree } from "./estimators/cells.ts";
export type { EstimatorOptions, GraphonEstimate, GraphonEstimator } from "./estimators/estimator.ts";
export * from "./estimators/neighbourhood.ts";
export { type EstimatorPlan, type MaskShape, sortedHistogramPlan } from "./estimators/plan.ts";
export * from "./estimators/registry.ts";
export * from "./estimators/sas.ts";
export * from "./estimators/sas_tv.ts";
export * from "./estimators/sba.ts";
export { denoiseTotalVariation } from "./estimators/total_variation.ts";
export * from "./estimators/usvt.ts";
export * from "./distances/compare.ts";
export { cutNorm, type CutNormBounds, type CutNormOptions, exactCutNorm } from "./distances/cut_norm.ts";
export * from "./distances/debiased_distance.ts";
export * from "./distances/degree_distance.ts";
export { fourCycleDensity, pathDensity, starDensity, threePathDensity } from "./distances/homomorphisms.ts";
export * from "./distances/measured_distance.ts";
export { studentQuantile } from "./distances/student.ts";
export { frobeniusDistance, graphonDifference, l1Distance, l2Distance } from "./distances/norms.ts";
export * from "./fan_in_moments.ts";
export * from "./fit_rate.ts";
export * from "./joint_density.ts";
export * from "./kernel_histograms.ts";
export * from "./network_histograms.ts";
export { SORTED_BY_LAYER } from "./positions.ts";
export * from "./sample.ts";
export { DEFAULT_GRID, type KeptAxes, sortAndSmooth, type SortedHistogram } from "./sort_and_smooth.ts";
export * from "./step_graphon.ts";
export * from "./trials.ts";
