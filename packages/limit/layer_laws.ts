import { type Activation, initialiserLaw, type Network } from "@graphon-limit/model";
import { addScaled, multiplyElements, reduceRows, type WeightLaw } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
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
  readonly logOutputs: number;
  readonly logInputs: number;
  readonly logCount: number;
  /** Of the weight as it is stored. */
  readonly logDeviation: number;
  /** Of the weight times the layer's factor `s_l`: `½ ln(σ_w²/fan-in)`. */
  readonly logForwardDeviation: number;
}

/** The laws of all layers' weights, in order. */
export interface LayerLaws {
  readonly layers: readonly LayerLaw[];
  readonly weights: WeightLaw;
}

/** The laws of a network's layers, which tell its sizes too, and of its signals. */
export interface NetworkLaw extends LayerLaws {
  /** Of the hidden width, or of what stands for an infinite one. */
  readonly logWidth: number;
  /** `σ_w²`: a pre-activation's variance is that times the mean square of what its layer takes. */
  readonly variance: number;
  readonly activation: Activation;
  /** Whether the layer's factor `1/√fan-in` stands in the forward pass and not in the weights. */
  readonly ntk: boolean;
}

/** The laws of the layers of a network (docs/mathematics.md §1). */
export function networkLaw(network: LimitNetwork): NetworkLaw {
  const { inputs, hidden, classes, width } = network;
  const { activation = "relu", initialiser = "he", weightVariance = 1 } = network;
  const { distribution, scale } = initialiserLaw(initialiser, 1, weightVariance);
  const variance = distribution === "uniform" ? scale ** 2 / 3 : scale ** 2;
  const logWidth = width === Infinity ? LOG_INFINITY : Math.log(width);
  const ntk = initialiser === "ntk";
  const layers = Array.from({ length: hidden + 1 }, (_, layer): LayerLaw => {
    const first = layer === 0, last = layer === hidden;
    const logInputs = first ? Math.log(inputs) : logWidth, logOutputs = last ? Math.log(classes) : logWidth;
    const logForwardDeviation = (Math.log(variance) - logInputs) / 2;
    return {
      outputs: last ? classes : width,
      inputs: first ? inputs : width,
      logOutputs,
      logInputs,
      logCount: logInputs + logOutputs,
      logDeviation: ntk ? Math.log(variance) / 2 : logForwardDeviation,
      logForwardDeviation,
    };
  });
  return { layers, logWidth, variance, activation, weights: distribution, ntk };
}

/** The laws of a network's weights as they are: normal or uniform about 0, of the deviation that each layer's have. */
export async function measuredLaws({ weights }: Network, law: WeightLaw): Promise<LayerLaws> {
  const layers = await Promise.all(weights.map(async ({ matrix, rows, cols, scale }): Promise<LayerLaw> => {
    const logDeviation = Math.log(await rootMeanSquare(matrix));
    return {
      outputs: rows,
      inputs: cols,
      logOutputs: Math.log(rows),
      logInputs: Math.log(cols),
      logCount: Math.log(rows * cols),
      logDeviation,
      logForwardDeviation: logDeviation + Math.log(scale),
    };
  }));
  return { layers, weights: law };
}

async function rootMeanSquare(x: Matrix): Promise<number> {
  const { device, rows, cols } = x;
  using squares = device.matrix(rows, cols);
  device.clear(squares);
  using sums = device.matrix(rows, 1);
  device.run(addScaled, { x, y: squares }, { scale: 1 });
  device.run(multiplyElements, { x, y: squares });
  device.run(reduceRows, { x: squares, y: sums }, { initial: 0, kind: "sum" });
  return Math.sqrt((await device.read(sums)).reduce((sum, value) => sum + value, 0) / (rows * cols));
}
