import type { Mlp } from "@graphon-limit/model";
import { type BitMatrix, type Matrix, unpackBits } from "@graphon-limit/runtime";

/** One score matrix per layer, each filled by `fill`. */
export function scoreLayers(
  mlp: Mlp,
  fill: (layer: number, weights: Matrix, mask: BitMatrix | undefined, scores: Matrix) => void,
): Matrix[] {
  return mlp.weights.map((weights, layer) => {
    const scores = mlp.device.matrix(weights.rows, weights.cols);
    fill(layer, weights, mlp.masks[layer], scores);
    return scores;
  });
}

/** Host scores with −∞ where the weight is gone, so that it stays among the lowest. */
export async function hostScores(scores: Float32Array, mask: BitMatrix | undefined): Promise<Float32Array> {
  if (!mask) return scores;
  const kept = unpackBits(await mask.device.readBits(mask), mask.rows, mask.cols);
  return scores.map((score, i) => kept[i] ? score : -Infinity);
}
