import { activation, maskedMatmulTransposed } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import type { ForwardPass } from "./forward.ts";
import type { Mlp } from "./mlp.ts";

/** What a backward pass leaves behind; the output gradient in it stays the caller's, the rest is released with it. */
export class BackwardPass implements Disposable {
  constructor(
    /**
     * `deltas[l]` is `δ^(l+1) = ∂ℒ/∂z^(l+1)`, [widths[l + 1], samples]. The factor `s_l` of a layer is not in its own δ, but
     * in those of the layers before it: the gradient of `W^(l)` is `s_l δ^(l) h^(l-1)ᵀ` on the weights kept.
     */
    readonly deltas: readonly Matrix[],
    /** `signals[l]` is `∂ℒ/∂h^(l+1)`, before φ' is applied, for the hidden layers. */
    readonly signals: readonly Matrix[],
  ) {}

  [Symbol.dispose](): void {
    for (const matrix of this.deltas.slice(0, -1)) matrix.dispose();
    for (const matrix of this.signals) matrix.dispose();
  }
}

/**
 * Runs a gradient of the outputs back through the network: `δ^(l) = φ'(z^(l)) ⊙ s_{l+1} (W^(l+1) ⊙ M^(l+1))ᵀ δ^(l+1)`.
 *
 * @param outputGradient `∂ℒ/∂f` [classes, samples]; must outlive the pass
 */
export function backward(mlp: Mlp, pass: ForwardPass, outputGradient: Matrix): BackwardPass {
  const { device } = mlp;
  const deltas: Matrix[] = [outputGradient], signals: Matrix[] = [];
  for (let layer = mlp.depth - 1; layer > 0; layer--) {
    const z = pass.preActivations[layer - 1];
    const signal = device.matrix(z.rows, z.cols), delta = device.matrix(z.rows, z.cols);
    multiplyTransposed(mlp, layer, deltas[0], signal);
    device.run(activation, { z, g: signal, out: delta }, { fn: mlp.activation, mode: "derivative" });
    signals.unshift(signal);
    deltas.unshift(delta);
  }
  return new BackwardPass(deltas, signals);
}

/** `out = s_l (W^(l) ⊙ M^(l))ᵀ x`, or that added to `out`. */
export function multiplyTransposed(mlp: Mlp, layer: number, x: Matrix, out: Matrix, accumulate = 0): void {
  const args = { weights: mlp.weights[layer], mask: mlp.masks[layer], x, out };
  mlp.device.run(maskedMatmulTransposed, args, { scale: mlp.scale(layer), accumulate });
}
