import { defineOp } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/sgd_step.wgsl" with { type: "text" };
import { gridOf } from "./grid.ts";
import { optimiserParts } from "./optimiser_parts.ts";
import { sgd_step as assembly } from "./wasm/signatures.ts";

/**
 * A step of stochastic gradient descent on a layer's weights [m, n], in place, as PyTorch defines it (dampening 0, no
 * Nesterov): `v = momentum · v + g`, `w -= learningRate · v`. The velocity v begins as zero; without one, v = g and
 * `momentum` is not read. Weights and velocities that `mask` removes become exactly zero.
 */
export const sgdStep = defineOp({
  name: "sgd_step",
  shader: [grid, shader],
  bindings: { weights: "f32 inout", gradient: "f32", velocity: "f32 inout?", mask: "bits?" },
  params: { learningRate: "f32", momentum: "f32" },
  shapes: { weights: ["m", "n"], gradient: ["m", "n"], velocity: ["m", "n"], mask: ["m", "n"] },
  panelled: ["weights", "gradient", "velocity", "mask"],
  workgroups: ({ weights }) => gridOf(weights.rows * Math.ceil(weights.cols / 4)),
  accelerated({ weights, gradient, velocity, mask }, { learningRate, momentum }, { address, launch }) {
    const { rows, cols } = weights;
    launch(assembly.sgd_step, optimiserParts(rows, cols), {
      weights: address(weights),
      gradient: address(gradient),
      velocity: address(velocity),
      mask: address(mask),
      rows,
      cols,
      learningRate,
      momentum,
    });
  },
  reference({ weights, gradient, velocity, mask }, { learningRate, momentum }) {
    const { rows, cols } = weights;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < cols; j++) {
        const index = i * cols + j;
        if (mask && !((mask.data[i * mask.wordsPerRow + (j >>> 5)] >>> (j & 31)) & 1)) {
          weights.data[index] = 0;
          if (velocity) velocity.data[index] = 0;
          continue;
        }
        const change = gradient.data[index] + (velocity ? momentum * velocity.data[index] : 0);
        weights.data[index] -= learningRate * change;
        if (velocity) velocity.data[index] = change;
      }
    }
  },
});
