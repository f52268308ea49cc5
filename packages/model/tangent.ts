import { activation } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import { type BackwardPass, multiplyTransposed } from "./backward.ts";
import type { Batch } from "./batch.ts";
import type { Direction } from "./direction.ts";
import { type ForwardPass, multiply } from "./forward.ts";
import type { Loss } from "./losses.ts";
import type { Mlp } from "./mlp.ts";

/** The derivatives, along a direction of the weights, of what the forward and backward passes left. */
export class TangentPass implements Disposable {
  constructor(
    /** `activationTangents[l]` is `ḣ^(l)`, [widths[l], samples]; the inputs do not move, so the first is missing. */
    readonly activationTangents: readonly (Matrix | undefined)[],
    /** `deltaTangents[l]` is `δ̇^(l+1)`, [widths[l + 1], samples]. */
    readonly deltaTangents: readonly Matrix[],
  ) {}

  [Symbol.dispose](): void {
    for (const matrix of this.activationTangents) matrix?.dispose();
    for (const matrix of this.deltaTangents) matrix.dispose();
  }
}

/**
 * One forward-mode sweep through both passes (Pearlmutter 1994). With `V` the direction and `g^(l) = ∂ℒ/∂h^(l)`:
 *
 *     ż^(l) = s_l (V^(l) h^(l-1) + (W^(l) ⊙ M^(l)) ḣ^(l-1)),          ḣ^(l) = φ'(z^(l)) ⊙ ż^(l)
 *     ġ^(l) = s_{l+1} (V^(l+1)ᵀ δ^(l+1) + (W^(l+1) ⊙ M^(l+1))ᵀ δ̇^(l+1))
 *     δ̇^(l) = φ''(z^(l)) ⊙ ż^(l) ⊙ g^(l) + φ'(z^(l)) ⊙ ġ^(l)
 *
 * The Hessian-vector product is `(HV)^(l) = s_l (δ̇^(l) h^(l-1)ᵀ + δ^(l) ḣ^(l-1)ᵀ)` on the kept weights: what the op
 * `saliency` makes of two pairs.
 */
export function tangent(
  mlp: Mlp,
  pass: ForwardPass,
  back: BackwardPass,
  direction: Direction,
  loss: Loss,
  batch: Batch,
): TangentPass {
  const { device, activation: fn } = mlp;
  const samples = batch.inputs.cols, last = mlp.depth - 1;
  const slopes: Matrix[] = [], activationTangents: (Matrix | undefined)[] = [undefined];
  for (let layer = 0; layer <= last; layer++) {
    const dz = device.matrix(mlp.widths[layer + 1], samples);
    const dh = activationTangents[layer];
    if (dh) multiply(mlp, layer, dh, dz);
    else device.clear(dz);
    direction.addProduct(layer, pass.activations[layer], dz, mlp.scale(layer));
    slopes.push(dz);
    if (layer === last) break;
    const next = device.matrix(dz.rows, samples);
    const args = { z: pass.preActivations[layer], g: dz, out: next };
    device.run(activation, args, { fn, mode: "derivative" });
    activationTangents.push(next);
  }

  const deltaTangents = [loss.gradientTangent(device, pass.output, slopes[last], batch)];
  slopes[last].dispose();
  for (let layer = last; layer > 0; layer--) {
    using dz = slopes[layer - 1];
    using dg = device.matrix(dz.rows, samples);
    multiplyTransposed(mlp, layer, deltaTangents[0], dg);
    direction.addTransposedProduct(layer, back.deltas[layer], dg, mlp.scale(layer));
    const out = device.matrix(dz.rows, samples);
    const args = { z: pass.preActivations[layer - 1], g: back.signals[layer - 1], dz, dg, out };
    device.run(activation, args, { fn, mode: "second" });
    deltaTangents.unshift(out);
  }
  return new TangentPass(activationTangents, deltaTangents);
}
