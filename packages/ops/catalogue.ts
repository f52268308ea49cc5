import type { AnyOp } from "@graphon-limit/runtime";
import { absMatvec } from "./abs_matvec.ts";
import { absMatvecTransposed } from "./abs_matvec_transposed.ts";
import { activation } from "./activation.ts";
import { activeSamples } from "./active_samples.ts";
import { adamStep } from "./adam_step.ts";
import { addColumn } from "./add_column.ts";
import { addNeuronKernels } from "./add_neuron_kernels.ts";
import { addPairDot } from "./add_pair_dot.ts";
import { addPlaces } from "./add_places.ts";
import { addScaled } from "./add_scaled.ts";
import { bitMatmul } from "./bit_matmul.ts";
import { bitRowProducts } from "./bit_row_products.ts";
import { columnDegree } from "./column_degree.ts";
import { correctPredictions } from "./correct_predictions.ts";
import { degreeCells } from "./degree_cells.ts";
import { densityHistogram } from "./density_histogram.ts";
import { divideBlocks } from "./divide_blocks.ts";
import { dualActivation } from "./dual_activation.ts";
import { fill } from "./fill.ts";
import { foldWindows } from "./fold_windows.ts";
import { gatherColumns } from "./gather_columns.ts";
import { gradientPanel } from "./gradient_panel.ts";
import { headMix } from "./head_mix.ts";
import { headScores } from "./head_scores.ts";
import { initialiseWeights } from "./initialise_weights.ts";
import { keepConditional } from "./keep_conditional.ts";
import { keepProbability } from "./keep_probability.ts";
import { keepTies } from "./keep_ties.ts";
import { keptColumns } from "./kept_columns.ts";
import { leastOuter } from "./least_outer.ts";
import { leastProducts } from "./least_products.ts";
import { logComplement } from "./log_complement.ts";
import { magnitudeScores } from "./magnitude_scores.ts";
import { maskFromThreshold } from "./mask_from_threshold.ts";
import { maskWeights } from "./mask_weights.ts";
import { maskedMatmul } from "./masked_matmul.ts";
import { maskedMatmulTransposed } from "./masked_matmul_transposed.ts";
import { maxRowDifference } from "./max_row_difference.ts";
import { maxWindows } from "./max_windows.ts";
import { mirrorUpper } from "./mirror_upper.ts";
import { multiplyElements } from "./multiply_elements.ts";
import { normalise } from "./normalise.ts";
import { pairProducts } from "./pair_products.ts";
import { pickWindows } from "./pick_windows.ts";
import { randomScores } from "./random_scores.ts";
import { recordSum } from "./record_sum.ts";
import { reduce } from "./reduce.ts";
import { reduceRows } from "./reduce_rows.ts";
import { repeatColumns } from "./repeat_columns.ts";
import { returnWindows } from "./return_windows.ts";
import { rowDegree } from "./row_degree.ts";
import { rowDot } from "./row_dot.ts";
import { saliency } from "./saliency.ts";
import { sampleMask } from "./sample_mask.ts";
import { scaleHistogram } from "./scale_histogram.ts";
import { scaleRows } from "./scale_rows.ts";
import { selectDigit } from "./select_digit.ts";
import { selectHistogram } from "./select_histogram.ts";
import { sgdStep } from "./sgd_step.ts";
import { softmaxBlocks } from "./softmax_blocks.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import { spreadWindows } from "./spread_windows.ts";
import { squaredError } from "./squared_error.ts";
import { standardise } from "./standardise.ts";
import { sumPlaces } from "./sum_places.ts";
import { sumWindows } from "./sum_windows.ts";
import { sumBlocks } from "./sum_blocks.ts";
import { synflowScores } from "./synflow_scores.ts";
import { transposeBlocks } from "./transpose_blocks.ts";
import { unfoldWindows } from "./unfold_windows.ts";
import { tieHistogram } from "./tie_histogram.ts";

/** Every op there is. What is listed here is property-tested against its twin and has a benchmark. */
export const catalogue: readonly AnyOp[] = [
  absMatvec,
  absMatvecTransposed,
  activation,
  activeSamples,
  adamStep,
  addColumn,
  addNeuronKernels,
  addPairDot,
  addPlaces,
  addScaled,
  bitMatmul,
  bitRowProducts,
  columnDegree,
  correctPredictions,
  degreeCells,
  densityHistogram,
  divideBlocks,
  dualActivation,
  fill,
  foldWindows,
  gatherColumns,
  gradientPanel,
  headMix,
  headScores,
  initialiseWeights,
  keepConditional,
  keepProbability,
  keepTies,
  keptColumns,
  leastOuter,
  leastProducts,
  logComplement,
  magnitudeScores,
  maskFromThreshold,
  maskWeights,
  maskedMatmul,
  maskedMatmulTransposed,
  maxRowDifference,
  maxWindows,
  mirrorUpper,
  multiplyElements,
  normalise,
  pairProducts,
  pickWindows,
  randomScores,
  recordSum,
  reduce,
  reduceRows,
  repeatColumns,
  returnWindows,
  rowDegree,
  rowDot,
  saliency,
  sampleMask,
  scaleHistogram,
  scaleRows,
  selectDigit,
  selectHistogram,
  sgdStep,
  softmaxBlocks,
  softmaxCrossEntropy,
  spreadWindows,
  squaredError,
  standardise,
  sumPlaces,
  sumWindows,
  sumBlocks,
  synflowScores,
  transposeBlocks,
  unfoldWindows,
  tieHistogram,
];
