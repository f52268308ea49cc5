import type { Matrix } from "@graphon-limit/runtime";
import type { Batch } from "./batch.ts";
import { matrixDirection } from "./direction.ts";
import type { Loss } from "./losses.ts";
import { forward, type Network } from "./network.ts";
import type { Direction, Meeting, Pass, TangentPass } from "./stage.ts";
import { WAYS } from "./ways.ts";

export { hessianPairs } from "./ways.ts";

/**
 * The Hessian of the batch's mean loss times a direction, over the kept weights and the biases: one matrix for each parameter, 0
 * where a mask is. The Hessian is never formed.
 *
 * @param matrices the direction, one matrix for each parameter, undefined for those that stay
 */
export function hessianVectorProduct(
  network: Network,
  batch: Batch,
  loss: Loss,
  matrices: readonly (Matrix | undefined)[],
): Matrix[] {
  using pass = forward(network, batch.inputs);
  using value = loss.value(network.device, pass.out, batch);
  pass.pullback(value.gradient, false);
  using _moved = sweepTangent(pass, matrixDirection(network, matrices), loss, batch);
  return pass.meetings.map(parameterGradientTangent);
}

/**
 * How a parameter's gradient moves, from what met in it after a tangent pass and its pullback: `s (δ̇ xᵀ + δ ẋᵀ)` on the kept
 * entries of a weight, 0 elsewhere; the sums of δ̇'s rows for a bias; and likewise of others. A fresh matrix of its shape.
 */
export function parameterGradientTangent(meeting: Meeting): Matrix {
  const { weight, deltaTangent } = meeting, out = deltaTangent!.device.matrix(weight.rows, weight.cols);
  WAYS[weight.role].gradientTangent(meeting, out);
  return out;
}

/**
 * One forward-mode sweep through a pass and its pullback (Pearlmutter 1994). With `V` the direction and `g^(l) = ∂ℒ/∂h^(l)`:
 *
 *     ż^(l) = s_l (V^(l) h^(l-1) + (W^(l) ⊙ M^(l)) ḣ^(l-1)),          ḣ^(l) = φ'(z^(l)) ⊙ ż^(l)
 *     ġ^(l) = s_{l+1} (V^(l+1)ᵀ δ^(l+1) + (W^(l+1) ⊙ M^(l+1))ᵀ δ̇^(l+1))
 *     δ̇^(l) = φ''(z^(l)) ⊙ ż^(l) ⊙ g^(l) + φ'(z^(l)) ⊙ ġ^(l)
 *
 * @param pass pulled back through already; its meetings get their tangents
 * @returns what the tangents live in
 */
export function sweepTangent(pass: Pass, along: Direction, loss: Loss, batch: Batch): TangentPass {
  const { out } = pass, { device } = out;
  const moved = pass.tangent(undefined, along);
  using still = moved.out ? undefined : device.matrix(out.rows, out.cols);
  if (still) device.clear(still);
  const gradient = loss.gradientTangent(device, out, moved.out ?? still!, batch);
  moved.pullback(gradient, false);
  return {
    out: moved.out,
    pullback: (delta, wanted) => moved.pullback(delta, wanted),
    [Symbol.dispose]() {
      moved[Symbol.dispose]();
      gradient.dispose();
    },
  };
}
