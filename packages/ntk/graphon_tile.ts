import type { Activation } from "@graphon-limit/model";
import {
  addPairDot,
  dualActivation,
  maskedMatmul,
  maskedMatmulTransposed,
  multiplyElements,
  pairProducts,
} from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
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
  const { layers, inputs, nodes, activation, weightVariance, variances, firstRow, rows } = settings;
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
    let gradient = keep(device.upload(new Float32Array(outputs * pairs).fill(1), outputs, pairs));
    for (let layer = depth - 1;; layer--) {
      // What is counted by the covariances themselves has σ_w² in it.
      const scale = 1 / gradient.rows / (layers.gradient[layer] ? 1 : weightVariance);
      const { firstColumn } = range;
      device.run(addPairDot, { a: gradient, b: counted[layer], kernel }, { scale, firstRow, firstColumn });
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

/** `Σ̃^(l)(u) = σ_w² mean_v V^(l)(u, v) Σ^(l-1)(v)` for a layer numbered from 0. */
export function average({ layers, weightVariance }: TileSettings, layer: number, signal: Matrix): Matrix {
  return averageOver(layers.signal[layer], signal, weightVariance);
}

function averageOver(weights: Matrix, signal: Matrix, scale: number): Matrix {
  const { device } = weights;
  const out = device.matrix(weights.rows, signal.cols);
  device.run(maskedMatmul, { weights, x: signal, out }, { scale: scale / weights.cols, accumulate: 0 });
  return out;
}
