import { defineOp } from "@graphon-limit/runtime";
import adamShader from "../../shaders/adam_step.wgsl" with { type: "text" };
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { optimiserParts } from "./optimiser_parts.ts";
import { adam_step as assembly } from "./wasm/signatures.ts";

/**
 * A step of Adam (Kingma and Ba 2015) on a layer's weights [m, n], in place, g being their gradient:
 *
 *     mean += meanRate · (g − mean)        square += squareRate · (g² − square)
 *     w -= stepSize · mean / (√square / rootCorrection + epsilon)
 *
 * with `meanRate = 1 − β1` and `squareRate = 1 − β2`. The bias corrections are the caller's, who knows them in float64: at
 * step t, counted from 1, `stepSize = η / (1 − β1^t)` and `rootCorrection = √(1 − β2^t)`, as PyTorch has them. Both moments
 * begin as zero. Weights and moments that `mask` removes become exactly zero.
 */
export const adamStep = defineOp({
  name: "adam_step",
  shader: [grid, adamShader],
  bindings: {
    weights: "f32 inout",
    gradient: "f32",
    mean: "f32 inout",
    square: "f32 inout",
    mask: "bits?",
  },
  params: { meanRate: "f32", squareRate: "f32", stepSize: "f32", rootCorrection: "f32", epsilon: "f32" },
  shapes: {
    weights: ["m", "n"],
    gradient: ["m", "n"],
    mean: ["m", "n"],
    square: ["m", "n"],
    mask: ["m", "n"],
  },
  panelled: ["weights", "gradient", "mean", "square", "mask"],
  workgroups: ({ weights }) => gridOf(weights.rows * Math.ceil(weights.cols / 4)),
  accelerated({ weights, gradient, mean, square, mask }, settings, { address, launch }) {
    const { meanRate, squareRate, stepSize, rootCorrection, epsilon } = settings, { rows, cols } = weights;
    launch(assembly.adam_step, optimiserParts(rows, cols), {
      weights: address(weights),
      gradient: address(gradient),
      mean: address(mean),
      square: address(square),
      mask: address(mask),
      ...{ rows, cols, meanRate, squareRate, stepSize, rootCorrection, epsilon },
    });
  },
  reference({ weights, gradient, mean, square, mask }, settings) {
    const { meanRate, squareRate, stepSize, rootCorrection, epsilon } = settings, { rows, cols } = weights;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) {
        const index = i * cols + j;
        if (mask && !((mask.data[i * mask.wordsPerRow + (j >>> 5)] >>> (j & 31)) & 1)) {
          weights.data[index] = mean.data[index] = square.data[index] = 0;
          continue;
        }
        const g = gradient.data[index];
        const m = mean.data[index] + meanRate * (g - mean.data[index]);
        const s = square.data[index] + squareRate * (g * g - square.data[index]);
        weights.data[index] -= stepSize * m / (Math.sqrt(s) / rootCorrection + epsilon);
        mean.data[index] = m;
        square.data[index] = s;
      }
    }
  },
});
