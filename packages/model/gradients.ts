import { saliency } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import { backward } from "./backward.ts";
import type { Batch } from "./batch.ts";
import { forward } from "./forward.ts";
import type { Loss } from "./losses.ts";
import type { Mlp } from "./mlp.ts";

/** The gradient of the mean loss, and the losses it belongs to. */
export class Gradients implements Disposable {
  constructor(
    /** One [out, in] matrix per layer, 0 where a mask is. */
    readonly matrices: readonly Matrix[],
    /** Per-sample losses [1, samples]; see `meanLoss`. */
    readonly losses: Matrix,
  ) {}

  [Symbol.dispose](): void {
    for (const matrix of this.matrices) matrix.dispose();
    this.losses.dispose();
  }
}

/**
 * The gradient of the batch's mean loss with respect to every kept weight.
 *
 * @returns [out, in] matrices and the losses, the caller's to dispose of
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { crossEntropyLoss, gradients, initialise, meanLoss, uploadBatch } from "@graphon-limit/model";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using mlp = initialise(device, [2, 8, 3], "he", { seed: seedFrom(0) });
 * using batch = uploadBatch(device, Float32Array.of(1, 2, -1, 0), [0, 2]);
 * using slope = gradients(mlp, batch, crossEntropyLoss());
 * assert.equal(slope.matrices.length, 2);
 * assert.ok(await meanLoss(slope.losses) > 0);
 * ```
 */
export function gradients(mlp: Mlp, batch: Batch, loss: Loss): Gradients {
  using pass = forward(mlp, batch.inputs);
  const { losses, gradient } = loss.value(mlp.device, pass.output, batch);
  using _outputGradient = gradient;
  using back = backward(mlp, pass, gradient);
  const matrices = mlp.weights.map((_, layer) =>
    layerGradient(mlp, layer, back.deltas[layer], pass.activations[layer])
  );
  return new Gradients(matrices, losses);
}

/** `s_l δ hᵀ` on the kept weights of a layer, 0 elsewhere: a fresh [out, in] matrix. */
export function layerGradient(mlp: Mlp, layer: number, delta: Matrix, activations: Matrix): Matrix {
  const { device, weights, masks } = mlp;
  const out = device.matrix(weights[layer].rows, weights[layer].cols);
  const args = { a: delta, x: activations, mask: masks[layer], out };
  device.run(saliency, args, { scale: mlp.scale(layer), pruned: 0 });
  return out;
}
