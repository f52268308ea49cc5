import { defineOp, type Shape } from "@graphon-limit/runtime";
import grid from "../../shaders/shared/grid.wgsl" with { type: "text" };
import shader from "../../shaders/sgd_step.wgsl" with { type: "text" };
import { assertShape } from "./assert_shape.ts";
import { gridOf } from "./grid.ts";
import { optimiserParts } from "./optimiser_parts.ts";

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
  panelled: ["weights", "gradient", "velocity", "mask"],
  workgroups: (shapes) => {
    assertShapes(shapes);
    return gridOf(shapes.weights.rows * Math.ceil(shapes.weights.cols / 4));
  },
  accelerated(views, { learningRate, momentum }, kernels) {
    assertShapes(views);
    const { weights, gradient, velocity, mask } = views, { rows, cols } = weights;
    kernels.launch(
      "sgd_step",
      optimiserParts(rows, cols),
      ...[weights, gradient, velocity, mask].map((view) => kernels.address(view)),
      ...[rows, cols, learningRate, momentum],
    );
  },
  reference(views, { learningRate, momentum }) {
    assertShapes(views);
    const { weights, gradient, velocity, mask } = views, { rows, cols } = weights;
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

function assertShapes(
  { weights, gradient, velocity, mask }:
    & Record<"weights" | "gradient", Shape>
    & Partial<Record<"velocity" | "mask", Shape>>,
): void {
  const { rows, cols } = weights;
  assertShape("sgd_step", "gradient", gradient, rows, cols);
  if (velocity) assertShape("sgd_step", "velocity", velocity, rows, cols);
  if (mask) assertShape("sgd_step", "mask", mask, rows, cols);
}
