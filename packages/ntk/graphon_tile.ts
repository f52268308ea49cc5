import type { Activation } from "@graphon-limit/model";
import {
  addColumn,
  addPairDot,
  dualActivation,
  maskedMatmul,
  maskedMatmulTransposed,
  multiplyElements,
  pairProducts,
} from "@graphon-limit/ops";
import type { Device, Matrix } from "@graphon-limit/runtime";
import type { GraphonLayers } from "./graphon_layers.ts";

/**
 * Position-dependent quantities of some pairs of samples. A column is a pair: samples `firstRow` … `firstRow + rows − 1` with
 * each of the samples from `firstColumn` on, the second changing fastest.
 */
export interface GraphonTile {
  readonly firstRow: number;
  readonly rows: number;
  readonly firstColumn: number;
  readonly columns: number;
  /** `Σ̃^(l)(u; x, x')` of the hidden layers, [K_l, pairs]: how pre-activations at position `u` covary. */
  readonly covariances: readonly Matrix[];
  /** `G^(l)(u; x, x')` of the hidden layers, [K_l, pairs]: how fast the weights into position `u` move the output. */
  readonly gradients: readonly Matrix[];
}

export interface TileSettings {
  readonly layers: GraphonLayers;
  readonly inputs: Matrix;
  readonly nodes: Matrix | undefined;
  readonly activation: Activation;
  readonly weightVariance: number;
  /** `σ_b²` of biases that train; there are none where it is 0. */
  readonly biasVariance: number;
}

interface Place {
  readonly variances: readonly Matrix[];
  readonly firstRow: number;
  readonly rows: number;
}

/** Adds `rows` rows of the kernel, from the diagonal on: forward through the layers, then back. */
export async function addTile(
  kernel: Matrix,
  settings: TileSettings & Place,
  onTile?: (tile: GraphonTile) => void | Promise<void>,
): Promise<void> {
  const { layers, inputs, nodes, activation, weightVariance, biasVariance, variances, firstRow, rows } =
    settings;
  const { device } = inputs, depth = layers.signal.length;
  const range = { firstRow, firstColumn: firstRow, diagonal: false };
  const pairs = rows * (inputs.cols - firstRow);
  const live = new Set<Matrix>();
  const keep = (matrix: Matrix) => (live.add(matrix), matrix);
  const drop = (matrix: Matrix) => live.delete(matrix) && matrix.dispose();
  try {
    const covariances: Matrix[] = [], slopes: Matrix[] = [], counted: Matrix[] = [];
    let signal = keep(inputPairs(settings, pairs, range));
    for (let layer = 0; layer < depth; layer++) {
      const own = layers.gradient[layer];
      if (own) counted.push(keep(averageOver(own, signal, 1)));
      if (!own || layer + 1 < depth) {
        const covariance = keep(average(settings, layer, signal));
        if (!own) counted.push(covariance);
        if (layer + 1 < depth) covariances.push(covariance);
      }
      drop(signal);
      if (layer + 1 === depth) break;
      const covariance = covariances[layer];
      signal = keep(device.matrix(covariance.rows, pairs));
      const slope = keep(device.matrix(covariance.rows, pairs));
      const args = { covariance, variance: variances[layer], nodes, value: signal, slope };
      device.run(dualActivation, args, { ...range, fn: activation });
      slopes.push(slope);
    }
    const outputs = layers.grids[depth];
    let gradient = keep(constant(device, outputs, pairs, 1));
    for (let layer = depth - 1;; layer--) {
      // What is counted by the covariances themselves has σ_w² in it, and σ_b² added to it.
      const own = layers.gradient[layer] !== undefined, { firstColumn } = range;
      const scale = 1 / gradient.rows / (own ? 1 : weightVariance);
      device.run(addPairDot, { a: gradient, b: counted[layer], kernel }, { scale, firstRow, firstColumn });
      if (biasVariance > 0) {
        using ones = constant(device, 1, pairs, 1);
        const biases = (own ? 1 : 1 - biasVariance / weightVariance) / gradient.rows;
        device.run(addPairDot, { a: gradient, b: ones, kernel }, { scale: biases, firstRow, firstColumn });
      }
      if (layer === 0) break;
      using back = device.matrix(layers.grids[layer], pairs);
      const weights = layers.signal[layer];
      device.run(maskedMatmulTransposed, { weights, x: gradient, out: back }, {
        scale: weightVariance / weights.rows,
        accumulate: 0,
      });
      gradient = slopes[layer - 1];
      device.run(multiplyElements, { x: back, y: gradient });
    }
    await onTile?.({
      ...range,
      rows,
      columns: inputs.cols - firstRow,
      covariances,
      gradients: slopes,
    });
    // Work is only recorded so far; a kernel's worth of it must not pile up.
    await device.idle();
  } finally {
    for (const matrix of live) matrix.dispose();
  }
}

/** `Σ^(0)` on the inputs' grid: products of pairs of samples, averaged over the features of a position. */
export function inputPairs(
  { layers, inputs }: TileSettings,
  pairs: number,
  range: { firstRow: number; firstColumn: number; diagonal: boolean },
): Matrix {
  const out = inputs.device.matrix(layers.grids[0], pairs);
  inputs.device.run(pairProducts, { x: inputs, out }, range);
  return out;
}

/** `Σ̃^(l)(u) = σ_w² mean_v V^(l)(u, v) Σ^(l-1)(v) + σ_b²` for a layer numbered from 0. */
export function average(
  { layers, weightVariance, biasVariance }: TileSettings,
  layer: number,
  signal: Matrix,
): Matrix {
  const covariance = averageOver(layers.signal[layer], signal, weightVariance);
  if (biasVariance > 0) addConstant(covariance, biasVariance);
  return covariance;
}

function constant(device: Device, rows: number, cols: number, value: number): Matrix {
  const matrix = device.matrix(rows, cols);
  device.clear(matrix);
  addConstant(matrix, value);
  return matrix;
}

function addConstant(matrix: Matrix, value: number): void {
  const { device, rows } = matrix;
  using column = device.upload(new Float32Array(rows).fill(value), rows, 1);
  device.run(addColumn, { column, y: matrix });
}

function averageOver(weights: Matrix, signal: Matrix, scale: number): Matrix {
  const { device } = weights;
  const out = device.matrix(weights.rows, signal.cols);
  device.run(maskedMatmul, { weights, x: signal, out }, { scale: scale / weights.cols, accumulate: 0 });
  return out;
}
