/**
 * Fully connected networks on a device: weights and masks, the forward, backward and tangent passes, losses, training.
 *
 * @module
 */
export * from "./backward.ts";
export * from "./batch.ts";
export * from "./direction.ts";
export * from "./evaluate.ts";
export * from "./forward.ts";
export * from "./gradients.ts";
export * from "./hessian_vector_product.ts";
export * from "./initialise.ts";
export * from "./learning_rate.ts";
export * from "./losses.ts";
export * from "./memory_plan.ts";
export { gatherBatch } from "./mini_batch.ts";
export * from "./mlp.ts";
export * from "./network.ts";
export * from "./optimisers.ts";
export * from "./redraw.ts";
export * from "./sample_order.ts";
export * from "./tangent.ts";
export * from "./train.ts";
export * from "./training_file.ts";
export * from "./training_state.ts";
