/**
 * Networks on a device: weights, masks and biases, the stages through which signals run, losses, gradients, optimisers.
 *
 * @module
 */
export * from "./architectures.ts";
export * from "./axis.ts";
export * from "./batch.ts";
export * from "./bias_name.ts";
export * from "./direction.ts";
export * from "./disconnection.ts";
export type { Flow, FlowMeeting, FlowPass } from "./flow.ts";
export * from "./gradients.ts";
export * from "./hessian_vector_product.ts";
export * from "./initialise.ts";
export * from "./laws.ts";
export * from "./losses.ts";
export { assertData, gatherBatch } from "./mini_batch.ts";
export * from "./mlp.ts";
export * from "./network.ts";
export { cnn } from "./networks/cnn.ts";
export * from "./networks/definition.ts";
export * from "./networks/drawn_parameters.ts";
export * from "./networks/file_layers.ts";
export * from "./networks/parts.ts";
export { heldParameters } from "./networks/held_parameters.ts";
export { type ListedRequest, requestsOf } from "./networks/requests.ts";
export { resnet } from "./networks/resnet.ts";
export * from "./networks/sizes.ts";
export { vit } from "./networks/vit.ts";
export * from "./optimisers.ts";
export * from "./redraw.ts";
export { Resources } from "./resources.ts";
export * from "./signal.ts";
export * from "./stage.ts";
export { activation } from "./stages/activation.ts";
export * from "./stages/attention.ts";
export { bias } from "./stages/bias.ts";
export { chain } from "./stages/chain.ts";
export { convolution } from "./stages/convolution.ts";
export { flatten, image } from "./stages/flatten.ts";
export { affine, gain } from "./stages/gain.ts";
export * from "./stages/image_window.ts";
export { linear } from "./stages/linear.ts";
export { type LinearMap, linearMap } from "./stages/linear_map.ts";
export * from "./stages/pool.ts";
export { position } from "./stages/position.ts";
export { residual } from "./stages/residual.ts";
export * from "./stages/standardise.ts";
export { fold, unfold } from "./stages/unfold.ts";
export * from "./step.ts";
export * from "./unconnected.ts";
export * from "./weight.ts";
