/**
 * Pruning at initialisation: a score per method, and the one place that turns scores into masks.
 *
 * @module
 */
export { grasp } from "./grasp.ts";
export { magnitude } from "./magnitude.ts";
export * from "./memory_plan.ts";
export * from "./prune.ts";
export * from "./pruner.ts";
export { random } from "./random.ts";
export * from "./registry.ts";
export { keptFractions, type Schedule, SCHEDULES } from "./schedule.ts";
export { snip } from "./snip.ts";
export { synflow } from "./synflow.ts";
