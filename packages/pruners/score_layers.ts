import { type BitMatrix, GeneratedMatrix, type Matrix, unpackBits } from "@graphon-limit/runtime";
import type { PruneContext } from "./pruner.ts";
import { Resources } from "./resources.ts";

/**
 * One score matrix per layer, filled by `fill`: now, or where the context asks for regenerated scores whenever something
 * reads them, panel by panel. `reads` is what `fill` reads beside the network; it is released when all scores are made, or
 * with the last of the matrices that make them.
 */
export function scoreLayers(
  { device, mlp, scores = "kept" }: PruneContext,
  fill: (layer: number, weights: Matrix, mask: BitMatrix | undefined, scores: Matrix) => void,
  reads = new Resources(),
): Matrix[] {
  if (scores === "regenerated") {
    let left = mlp.depth;
    return mlp.weights.map((weights, layer) => {
      // The mask of the round: the network may have the next one by the time the scores are read.
      const mask = mlp.masks[layer];
      return new GeneratedMatrix(
        device,
        weights.rows,
        weights.cols,
        (panel) => fill(layer, weights, mask, panel),
        () => {
          if (--left === 0) reads[Symbol.dispose]();
        },
      );
    });
  }
  using _released = reads;
  return mlp.weights.map((weights, layer) => {
    const matrix = device.matrix(weights.rows, weights.cols);
    fill(layer, weights, mlp.masks[layer], matrix);
    return matrix;
  });
}

/** Host scores with −∞ where the weight is gone, so that it stays among the lowest. */
export async function hostScores(scores: Float32Array, mask: BitMatrix | undefined): Promise<Float32Array> {
  if (!mask) return scores;
  const kept = unpackBits(await mask.device.readBits(mask), mask.rows, mask.cols);
  return scores.map((score, i) => kept[i] ? score : -Infinity);
}
