/**
 * Training of pruned networks on a device: the loop, learning rates, evaluation, and files to go on from.
 *
 * @module
 */
export * from "./evaluate.ts";
export * from "./learning_rate.ts";
export * from "./mask_rule.ts";
export * from "./memory_plan.ts";
export * from "./sample_order.ts";
export * from "./score.ts";
export * from "./train.ts";
export * from "./training.ts";
export * from "./training_file.ts";
export * from "./training_state.ts";
