import { initialiserLaw } from "@graphon-limit/model";
import type { WeightLaw } from "@graphon-limit/ops";
import type { LimitNetwork } from "./options.ts";

/**
 * The logarithm of the width that stands for n = ∞: scores of layers whose scales grow apart are then a factor of e^100
 * apart, which in double precision is all or nothing, and layers with fewer weights by a power of n count for nothing.
 */
const LOG_INFINITY = 200;

/** What is known of a layer's weights without drawing them. Sizes by logarithm: they may be infinite. */
export interface LayerLaw {
  /** Neurons the layer gives and takes. */
  readonly outputs: number;
  readonly inputs: number;
  readonly logCount: number;
  /** Of the weight as it is stored. */
  readonly logDeviation: number;
  /** Of the weight times the layer's factor `s_l`: `½ ln(σ_w²/fan-in)`. */
  readonly logForwardDeviation: number;
}

/** The laws of a network's layers. */
export interface NetworkLaw {
  readonly layers: readonly LayerLaw[];
  readonly logWidth: number;
  /** `σ_w²`: a pre-activation's variance is that times the mean square of what its layer takes. */
  readonly variance: number;
  readonly weights: WeightLaw;
  /** Whether the layer's factor `1/√fan-in` stands in the forward pass and not in the weights. */
  readonly ntk: boolean;
}

/** The laws of the layers of a network (design §1). */
export function networkLaw(network: LimitNetwork): NetworkLaw {
  const { inputs, hidden, classes, width, initialiser = "he", weightVariance = 1 } = network;
  const { distribution, scale } = initialiserLaw(initialiser, 1, weightVariance);
  const variance = distribution === "uniform" ? scale ** 2 / 3 : scale ** 2;
  const logWidth = width === Infinity ? LOG_INFINITY : Math.log(width);
  const ntk = initialiser === "ntk";
  const layers = Array.from({ length: hidden + 1 }, (_, layer): LayerLaw => {
    const first = layer === 0, last = layer === hidden;
    const logFanIn = first ? Math.log(inputs) : logWidth, logFanOut = last ? Math.log(classes) : logWidth;
    const logForwardDeviation = (Math.log(variance) - logFanIn) / 2;
    return {
      outputs: last ? classes : width,
      inputs: first ? inputs : width,
      logCount: logFanIn + logFanOut,
      logDeviation: ntk ? Math.log(variance) / 2 : logForwardDeviation,
      logForwardDeviation,
    };
  });
  return { layers, logWidth, variance, weights: distribution, ntk };
}
