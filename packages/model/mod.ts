/**
 * Networks on a device: weights, masks and biases, the stages through which signals run, losses, gradients, optimisers.
 *
 * @module
 */
export * from "./architectures.ts";
export * from "./axis.ts";
export * from "./batch.ts";
export * from "./direction.ts";
export type { Flow, FlowMeeting, FlowPass } from "./flow.ts";
export * from "./gradients.ts";
export * from "./hessian_vector_product.ts";
export * from "./initialise.ts";
export * from "./laws.ts";
export * from "./losses.ts";
export { assertData, gatherBatch } from "./mini_batch.ts";
export * from "./mlp.ts";
export * from "./network.ts";
export * from "./optimisers.ts";
export * from "./redraw.ts";
export { Resources } from "./resources.ts";
export * from "./signal.ts";
export * from "./stage.ts";
export { activation } from "./stages/activation.ts";
export { bias } from "./stages/bias.ts";
export { chain } from "./stages/chain.ts";
export { linear } from "./stages/linear.ts";
export { residual } from "./stages/residual.ts";
export * from "./step.ts";
export * from "./unconnected.ts";
export * from "./weight.ts";
