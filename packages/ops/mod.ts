/**
 * The catalogue of what can be computed: one WGSL shader and one plain twin each.
 *
 * @module
 */
export * from "./abs_matvec.ts";
export * from "./abs_matvec_transposed.ts";
export * from "./activation.ts";
export * from "./adam_step.ts";
export * from "./add_column.ts";
export * from "./add_neuron_kernel.ts";
export * from "./add_pair_dot.ts";
export * from "./add_scaled.ts";
export * from "./bit_matmul.ts";
export * from "./bit_row_products.ts";
export * from "./catalogue.ts";
export * from "./column_degree.ts";
export * from "./correct_predictions.ts";
export * from "./density_histogram.ts";
export * from "./dual_activation.ts";
export { erf } from "./erf.ts";
export * from "./fill.ts";
export * from "./gather_columns.ts";
export * from "./gather_panel.ts";
export * from "./initialise_weights.ts";
export * from "./keep_conditional.ts";
export * from "./keep_probability.ts";
export * from "./kth_smallest.ts";
export * from "./least_outer.ts";
export * from "./least_products.ts";
export * from "./magnitude_scores.ts";
export * from "./mask_from_threshold.ts";
export * from "./mask_weights.ts";
export * from "./masked_matmul.ts";
export * from "./masked_matmul_transposed.ts";
export * from "./max_row_difference.ts";
export * from "./mirror_upper.ts";
export * from "./multiply_elements.ts";
export * from "./normalise.ts";
export * from "./pair_products.ts";
export * from "./random_scores.ts";
export * from "./record_sum.ts";
export * from "./reduce.ts";
export * from "./reduce_rows.ts";
export * from "./repeat_columns.ts";
export * from "./row_degree.ts";
export * from "./saliency.ts";
export * from "./sample_mask.ts";
export * from "./scale_histogram.ts";
export * from "./select_digit.ts";
export * from "./select_histogram.ts";
export * from "./sgd_step.ts";
export * from "./softmax_cross_entropy.ts";
export * from "./squared_error.ts";
export * from "./synflow_scores.ts";
