import { activation, maskedMatmul } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import { assertInputs } from "./batch.ts";
import type { Mlp } from "./mlp.ts";

/** What a forward pass leaves behind; the inputs in it stay the caller's, the rest is released with it. */
export class ForwardPass implements Disposable {
  constructor(
    /** `preActivations[l]` is `z^(l+1)`, [widths[l + 1], samples]. */
    readonly preActivations: readonly Matrix[],
    /** `activations[l]` is `h^(l)`, [widths[l], samples], what layer `l` takes; the first are the inputs themselves. */
    readonly activations: readonly Matrix[],
  ) {}

  /** The network's outputs [classes, samples]: the last pre-activation. */
  get output(): Matrix {
    return this.preActivations[this.preActivations.length - 1];
  }

  [Symbol.dispose](): void {
    for (const matrix of this.preActivations) matrix.dispose();
    for (const matrix of this.activations.slice(1)) matrix.dispose();
  }
}

/**
 * Runs samples through the network (design §1), keeping what the backward pass needs.
 *
 * @param inputs [features, samples]; must outlive the pass
 * @throws {InvalidArgumentError} unless they have as many features as the first layer takes
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { forward, initialise } from "@graphon-limit/model";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using mlp = initialise(device, [3, 8, 2], "he", { seed: seedFrom(0) });
 * using inputs = device.upload(Float32Array.of(1, 0, 2, 0, 3, 0), 3, 2);
 * using pass = forward(mlp, inputs);
 * const outputs = await device.read(pass.output);
 * assert.deepEqual([outputs[1], outputs[3]], [0, 0]); // the second sample is zero, and there are no biases
 * ```
 */
export function forward(mlp: Mlp, inputs: Matrix): ForwardPass {
  assertInputs(mlp, inputs);
  const { device } = mlp;
  const preActivations: Matrix[] = [], activations: Matrix[] = [inputs];
  for (let layer = 0; layer < mlp.depth; layer++) {
    const z = device.matrix(mlp.widths[layer + 1], inputs.cols);
    preActivations.push(z);
    multiply(mlp, layer, activations[layer], z);
    if (layer + 1 === mlp.depth) break;
    const h = device.matrix(z.rows, z.cols);
    device.run(activation, { z, out: h }, { fn: mlp.activation });
    activations.push(h);
  }
  return new ForwardPass(preActivations, activations);
}

/** The network's outputs [classes, samples] alone, each hidden layer released as soon as the next is there. */
export function predict(mlp: Mlp, inputs: Matrix): Matrix {
  assertInputs(mlp, inputs);
  const { device } = mlp;
  let h = inputs;
  for (let layer = 0;; layer++) {
    const z = device.matrix(mlp.widths[layer + 1], inputs.cols);
    multiply(mlp, layer, h, z);
    if (h !== inputs) h.dispose();
    if (layer + 1 === mlp.depth) return z;
    h = device.matrix(z.rows, z.cols);
    device.run(activation, { z, out: h }, { fn: mlp.activation });
    z.dispose();
  }
}

/** `out = s_l (W^(l) ⊙ M^(l)) x`, or that added to `out`. */
export function multiply(mlp: Mlp, layer: number, x: Matrix, out: Matrix, accumulate = 0): void {
  const args = { weights: mlp.weights[layer], mask: mlp.masks[layer], x, out };
  mlp.device.run(maskedMatmul, args, { scale: mlp.scale(layer), accumulate });
}
