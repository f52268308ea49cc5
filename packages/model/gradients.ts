import type { Matrix } from "@graphon-limit/runtime";
import type { Batch } from "./batch.ts";
import type { Loss } from "./losses.ts";
import { forward, type Network } from "./network.ts";
import type { Meeting } from "./stage.ts";
import { WAYS } from "./ways.ts";

/** The gradient of the mean loss, and the losses it belongs to. */
export class Gradients implements Disposable {
  constructor(
    /** One matrix for each of the network's parameters, of its shape, 0 where a mask is. */
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
 * The gradient of the batch's mean loss with respect to every kept weight and every bias.
 *
 * @returns matrices and losses, the caller's to dispose of
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { crossEntropyLoss, gradients, initialise, meanLoss, uploadBatch } from "@graphon-limit/model";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using network = initialise(device, [2, 8, 3], "he", { seed: seedFrom(0) });
 * using batch = uploadBatch(device, Float32Array.of(1, 2, -1, 0), [0, 2]);
 * using slope = gradients(network, batch, crossEntropyLoss());
 * assert.equal(slope.matrices.length, 2);
 * assert.ok(await meanLoss(slope.losses) > 0);
 * ```
 */
export function gradients(network: Network, batch: Batch, loss: Loss): Gradients {
  using pass = forward(network, batch.inputs);
  const { losses, gradient } = loss.value(network.device, pass.out, batch);
  using _outputGradient = gradient;
  pass.pullback(gradient, false);
  return new Gradients(pass.meetings.map(parameterGradient), losses);
}

/**
 * The gradient of a parameter from what met in it: `s δ xᵀ` on the kept entries of a weight, 0 elsewhere; the sums of δ's rows for a
 * bias; what a parameter of another role says (see `WAYS`). A fresh matrix of its shape.
 */
export function parameterGradient(meeting: Meeting): Matrix {
  const { weight, delta } = meeting, out = delta!.device.matrix(weight.rows, weight.cols);
  WAYS[weight.role].gradient(meeting, out);
  return out;
}
