import type { AnyOp } from "@graphon-limit/runtime";
import { absMatvec } from "./abs_matvec.ts";
import { absMatvecTransposed } from "./abs_matvec_transposed.ts";
import { activation } from "./activation.ts";
import { adamStep } from "./adam_step.ts";
import { addColumn } from "./add_column.ts";
import { addNeuronKernel } from "./add_neuron_kernel.ts";
import { addPairDot } from "./add_pair_dot.ts";
import { addScaled } from "./add_scaled.ts";
import { bitMatmul } from "./bit_matmul.ts";
import { bitRowProducts } from "./bit_row_products.ts";
import { columnDegree } from "./column_degree.ts";
import { correctPredictions } from "./correct_predictions.ts";
import { densityHistogram } from "./density_histogram.ts";
import { dualActivation } from "./dual_activation.ts";
import { fill } from "./fill.ts";
import { gatherColumns } from "./gather_columns.ts";
import { gatherPanel } from "./gather_panel.ts";
import { initialiseWeights } from "./initialise_weights.ts";
import { keepConditional } from "./keep_conditional.ts";
import { keepProbability } from "./keep_probability.ts";
import { keepTies } from "./keep_ties.ts";
import { leastOuter } from "./least_outer.ts";
import { leastProducts } from "./least_products.ts";
import { magnitudeScores } from "./magnitude_scores.ts";
import { maskFromThreshold } from "./mask_from_threshold.ts";
import { maskWeights } from "./mask_weights.ts";
import { maskedMatmul } from "./masked_matmul.ts";
import { maskedMatmulTransposed } from "./masked_matmul_transposed.ts";
import { maxRowDifference } from "./max_row_difference.ts";
import { mirrorUpper } from "./mirror_upper.ts";
import { multiplyElements } from "./multiply_elements.ts";
import { normalise } from "./normalise.ts";
import { pairProducts } from "./pair_products.ts";
import { randomScores } from "./random_scores.ts";
import { recordSum } from "./record_sum.ts";
import { reduce } from "./reduce.ts";
import { reduceRows } from "./reduce_rows.ts";
import { repeatColumns } from "./repeat_columns.ts";
import { rowDegree } from "./row_degree.ts";
import { saliency } from "./saliency.ts";
import { scaleHistogram } from "./scale_histogram.ts";
import { sampleMask } from "./sample_mask.ts";
import { selectDigit } from "./select_digit.ts";
import { selectHistogram } from "./select_histogram.ts";
import { sgdStep } from "./sgd_step.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import { squaredError } from "./squared_error.ts";
import { synflowScores } from "./synflow_scores.ts";
import { tieHistogram } from "./tie_histogram.ts";

/** Every op there is. What is listed here is property-tested against its twin and has a benchmark. */
export const catalogue: readonly AnyOp[] = [
  absMatvec,
  absMatvecTransposed,
  activation,
  adamStep,
  addColumn,
  addNeuronKernel,
  addPairDot,
  addScaled,
  bitMatmul,
  bitRowProducts,
  columnDegree,
  correctPredictions,
  densityHistogram,
  dualActivation,
  fill,
  gatherColumns,
  gatherPanel,
  initialiseWeights,
  keepConditional,
  keepProbability,
  keepTies,
  leastOuter,
  leastProducts,
  magnitudeScores,
  maskFromThreshold,
  maskWeights,
  maskedMatmul,
  maskedMatmulTransposed,
  maxRowDifference,
  mirrorUpper,
  multiplyElements,
  normalise,
  pairProducts,
  randomScores,
  recordSum,
  reduce,
  reduceRows,
  repeatColumns,
  rowDegree,
  saliency,
  sampleMask,
  scaleHistogram,
  selectDigit,
  selectHistogram,
  sgdStep,
  softmaxCrossEntropy,
  squaredError,
  synflowScores,
  tieHistogram,
];
