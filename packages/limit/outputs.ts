import { drawLabels } from "@graphon-limit/pruners";
import type { Covariance } from "./matrices.ts";
import type { TypeSampler } from "./sample_types.ts";

/** The outputs of one repetition, on the host. */
export interface OutputDraw {
  /** The softmax of the outputs over the temperature, [classes, samples]. */
  readonly probabilities: Float64Array;
  /** `softmax − one-hot`: the outputs' gradient without its constant factor, [classes, samples]. */
  readonly gradient: Float64Array;
}

/**
 * Outputs drawn from N(0, Λ^(L+1)), independent between classes and joint over the samples, and their cross-entropy's
 * gradient. They stay random however wide the network is. Where they are `given`, nothing is drawn. Without
 * labels each sample draws one from its outputs' softmax.
 */
export function drawOutputs(
  sampler: TypeSampler,
  law: Covariance,
  wanted: Uint32Array | undefined,
  classes: number,
  temperature: number,
  given?: Float32Array,
): OutputDraw {
  const samples = law.rows, logits = given ?? sampler.hostNormal("output", classes, law);
  const labels = wanted ?? drawLabels(logits, { rows: classes, cols: samples }, sampler.seed);
  const probabilities = new Float64Array(logits.length), gradient = new Float64Array(logits.length);
  for (let b = 0; b < samples; b++) {
    let largest = -Infinity, total = 0;
    for (let c = 0; c < classes; c++) largest = Math.max(largest, logits[c * samples + b]);
    for (let c = 0; c < classes; c++) {
      const at = c * samples + b;
      probabilities[at] = Math.exp((logits[at] - largest) / temperature);
      total += probabilities[at];
    }
    for (let c = 0; c < classes; c++) {
      const at = c * samples + b;
      probabilities[at] /= total;
      gradient[at] = probabilities[at] - Number(labels[b] === c);
    }
  }
  return { probabilities, gradient };
}

/** `(diag(p) − p pᵀ) ḟ / temperature` for each sample: the derivative of the gradient along ḟ. */
export function gradientTangent(
  { probabilities }: OutputDraw,
  slope: Float64Array,
  samples: number,
  temperature: number,
): Float64Array {
  const result = new Float64Array(slope.length);
  for (let b = 0; b < samples; b++) {
    let mean = 0;
    for (let at = b; at < slope.length; at += samples) mean += probabilities[at] * slope[at];
    for (let at = b; at < slope.length; at += samples) {
      result[at] = probabilities[at] * (slope[at] - mean) / temperature;
    }
  }
  return result;
}
