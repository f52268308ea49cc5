import { saliency } from "@graphon-limit/ops";
import type { Matrix } from "@graphon-limit/runtime";
import { backward } from "./backward.ts";
import type { Batch } from "./batch.ts";
import { matrixDirection } from "./direction.ts";
import { forward } from "./forward.ts";
import type { Loss } from "./losses.ts";
import type { Mlp } from "./mlp.ts";
import { tangent } from "./tangent.ts";

/**
 * The Hessian of the batch's mean loss times a direction, over the kept weights: one [out, in] matrix per layer, 0 where a
 * mask is. The Hessian is never formed.
 *
 * @param matrices the direction, one [out, in] matrix per layer
 */
export function hessianVectorProduct(
  mlp: Mlp,
  batch: Batch,
  loss: Loss,
  matrices: readonly Matrix[],
): Matrix[] {
  const { device } = mlp;
  using pass = forward(mlp, batch.inputs);
  using value = loss.value(device, pass.output, batch);
  using back = backward(mlp, pass, value.gradient);
  using moved = tangent(mlp, pass, back, matrixDirection(mlp, matrices), loss, batch);
  return mlp.weights.map(({ rows, cols }, layer) => {
    const out = device.matrix(rows, cols);
    const args = {
      a: moved.deltaTangents[layer],
      x: pass.activations[layer],
      ...secondPair(back.deltas[layer], moved.activationTangents[layer]),
      mask: mlp.masks[layer],
      out,
    };
    device.run(saliency, args, { scale: mlp.scale(layer), pruned: 0 });
    return out;
  });
}

/** The pair `δ ḣᵀ` for `saliency`; none in the first layer, whose inputs do not move. */
export function secondPair(
  delta: Matrix,
  activationTangent: Matrix | undefined,
): { a2?: Matrix; x2?: Matrix } {
  return activationTangent ? { a2: delta, x2: activationTangent } : {};
}
