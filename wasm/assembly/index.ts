/**
 * The kernels of the accelerated CPU device. A kernel does part number `part` of a launch, the runtime's threads share the
 * parts; every kernel exported here can be launched by its name.
 */
export { smooth_activation } from "./activations";
export { column_degree, density_histogram, row_degree } from "./counting";
export { mask_weights, score_gradients } from "./dense";
export { add_scaled, multiply_elements, relu, relu_derivative } from "./elementwise";
export { adam_step, sgd_step } from "./optimisers";
export { keep_probability, least_outer } from "./limits";
export { masked_matmul, masked_matmul_transposed, pack_right } from "./products";
export { initialise_weights, random_scores } from "./random";
export { pack_saliency_left, pack_saliency_right, saliency } from "./saliency";
export { use_scratch } from "./scratch";
export { mask_from_threshold, select_histogram } from "./selection";
export { pack_blocks, sparse_matmul, sparse_matmul_transposed, sparse_saliency } from "./sparse";
export { abs_matvec, abs_matvec_transposed, synflow_scores } from "./synflow";
export { add_neuron_kernel, gather_panel, pack_deltas, pack_panel } from "./tangent_kernel";
