import type { AnyOp } from "@graphon-limit/runtime";
import { absMatvec } from "./abs_matvec.ts";
import { absMatvecTransposed } from "./abs_matvec_transposed.ts";
import { activation } from "./activation.ts";
import { addScaled } from "./add_scaled.ts";
import { columnDegree } from "./column_degree.ts";
import { densityHistogram } from "./density_histogram.ts";
import { initialiseWeights } from "./initialise_weights.ts";
import { magnitudeScores } from "./magnitude_scores.ts";
import { maskFromThreshold } from "./mask_from_threshold.ts";
import { maskWeights } from "./mask_weights.ts";
import { maskedMatmul } from "./masked_matmul.ts";
import { maskedMatmulTransposed } from "./masked_matmul_transposed.ts";
import { normalise } from "./normalise.ts";
import { randomScores } from "./random_scores.ts";
import { reduceRows } from "./reduce_rows.ts";
import { rowDegree } from "./row_degree.ts";
import { saliency } from "./saliency.ts";
import { sampleMask } from "./sample_mask.ts";
import { selectDigit } from "./select_digit.ts";
import { selectHistogram } from "./select_histogram.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import { squaredError } from "./squared_error.ts";
import { synflowScores } from "./synflow_scores.ts";

/** Every op there is. What is listed here is property-tested against its twin and has a benchmark. */
export const catalogue: readonly AnyOp[] = [
  absMatvec,
  absMatvecTransposed,
  activation,
  addScaled,
  columnDegree,
  densityHistogram,
  initialiseWeights,
  magnitudeScores,
  maskFromThreshold,
  maskWeights,
  maskedMatmul,
  maskedMatmulTransposed,
  normalise,
  randomScores,
  reduceRows,
  rowDegree,
  saliency,
  sampleMask,
  selectDigit,
  selectHistogram,
  softmaxCrossEntropy,
  squaredError,
  synflowScores,
];
