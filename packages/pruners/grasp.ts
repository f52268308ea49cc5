import { NEGATIVE_INFINITY, saliency } from "@graphon-limit/ops";
import {
  backward,
  crossEntropyLoss,
  forward,
  gradientDirection,
  secondPair,
  tangent,
} from "@graphon-limit/model";
import { batchOf, definePruner } from "./pruner.ts";
import { Resources } from "./resources.ts";
import { scoreLayers } from "./score_layers.ts";

/** The temperature of the logits in GraSP's loss, as in its authors' code. */
const TEMPERATURE = 200;

/**
 * GraSP (Wang, Zhang and Grosse 2020): score `w · (H g)` with g the gradient and H the Hessian of the cross-entropy of
 * `f / 200`; the largest stay. One tangent pass along g gives the product; neither g nor H is formed.
 */
export const grasp = definePruner({
  name: "grasp",
  needsBatch: true,
  score(context) {
    const { device, mlp } = context;
    const batch = batchOf(context, "grasp");
    const loss = crossEntropyLoss({ temperature: TEMPERATURE });
    using made = new Resources();
    const pass = made.add(forward(mlp, batch.inputs));
    const value = made.add(loss.value(device, pass.output, batch));
    const back = made.add(backward(mlp, pass, value.gradient));
    const moved = made.add(tangent(mlp, pass, back, gradientDirection(mlp, pass, back), loss, batch));
    return scoreLayers(context, (layer, weights, mask, scores) => {
      const args = {
        a: moved.deltaTangents[layer],
        x: pass.activations[layer],
        ...secondPair(back.deltas[layer], moved.activationTangents[layer]),
        weights,
        mask,
        out: scores,
      };
      device.run(saliency, args, { scale: mlp.scale(layer), pruned: NEGATIVE_INFINITY, kind: "grasp" });
    }, made.move());
  },
});
