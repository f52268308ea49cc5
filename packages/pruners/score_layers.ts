import { Resources, type Weight } from "@graphon-limit/model";
import { type BitMatrix, GeneratedMatrix, type Matrix, unpackBits } from "@graphon-limit/runtime";
import type { ScoreContext } from "./method.ts";

/**
 * One score matrix per layer, filled by `fill`: now, or where the context asks for regenerated scores whenever something
 * reads them, panel by panel. `reads` is what `fill` reads beside the network; it is released when all scores are made, or
 * with the last of the matrices that make them.
 */
export function scoreLayers(
  { device, network: { weights }, scores = "kept" }: ScoreContext,
  fill: (layer: number, weight: Weight, mask: BitMatrix | undefined, scores: Matrix) => void,
  reads = new Resources(),
): Matrix[] {
  if (scores === "regenerated") {
    let left = weights.length;
    return weights.map((weight, layer) => {
      // The mask of the round: the network may have the next one by the time the scores are read.
      const { mask } = weight;
      return new GeneratedMatrix(
        device,
        weight.rows,
        weight.cols,
        (panel) => fill(layer, weight, mask, panel),
        () => {
          if (--left === 0) reads[Symbol.dispose]();
        },
      );
    });
  }
  using _released = reads;
  return weights.map((weight, layer) => {
    const matrix = device.matrix(weight.rows, weight.cols);
    fill(layer, weight, weight.mask, matrix);
    return matrix;
  });
}

/** Host scores with −∞ where the weight is gone, so that it stays among the lowest. */
export async function hostScores(scores: Float32Array, mask: BitMatrix | undefined): Promise<Float32Array> {
  if (!mask) return scores;
  const kept = unpackBits(await mask.device.readBits(mask), mask.rows, mask.cols);
  return scores.map((score, i) => kept[i] ? score : -Infinity);
}
