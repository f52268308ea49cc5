/**
 * Fully connected networks on a device: weights and masks, the forward, backward and tangent passes, losses, optimisers.
 *
 * @module
 */
export * from "./backward.ts";
export * from "./batch.ts";
export * from "./direction.ts";
export * from "./forward.ts";
export * from "./gradients.ts";
export * from "./hessian_vector_product.ts";
export * from "./initialise.ts";
export * from "./losses.ts";
export { assertData, gatherBatch } from "./mini_batch.ts";
export * from "./mlp.ts";
export * from "./network.ts";
export * from "./optimisers.ts";
export * from "./redraw.ts";
export * from "./tangent.ts";
