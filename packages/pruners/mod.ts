/**
 * Pruning: the methods, and the one place that turns their scores into masks.
 *
 * @module
 */
// First of all, so that methods register in the order in which tables list them.
import "./methods/mod.ts";
export { GRASP_TEMPERATURE } from "./methods/grasp.ts";
export * from "./memory_plan.ts";
export * from "./method.ts";
export { erk } from "./methods/erk.ts";
export { fisher } from "./others/fisher.ts";
export { grasp } from "./methods/grasp.ts";
export { growth } from "./others/growth.ts";
export { magnitude } from "./methods/magnitude.ts";
export { drawLabels, obd } from "./others/obd.ts";
export { phew } from "./others/phew.ts";
export { random } from "./methods/random.ts";
export { snip } from "./methods/snip.ts";
export {
  type FlowEnds,
  flowScores,
  flowThrough,
  type NetworkFlow,
  scoreFlow,
  synflow,
} from "./methods/synflow.ts";
export { uniform } from "./methods/uniform.ts";
export { inputNorms, wanda } from "./others/wanda.ts";
export { type LayerMeeting, type NeuronFactors, squaredGradients } from "./neuron_scores.ts";
export * from "./prune.ts";
export * from "./registry.ts";
export { keptFractions, type Schedule, SCHEDULES } from "./schedule.ts";
export { TIE_RULES, type TieRule } from "./selection.ts";
export { shareOut, sharesOf } from "./share_out.ts";
export { assertGlobal, type PruneTarget, type Scope, SCOPES, targetOf } from "./target.ts";
