import {
  crossEntropyLoss,
  forward,
  gradientDirection,
  hessianPairs,
  Resources,
  sweepTangent,
} from "@graphon-limit/model";
import { NEGATIVE_INFINITY, saliency } from "@graphon-limit/ops";
import { batchOf, definePruner } from "../method.ts";
import { register } from "../registry.ts";
import { scoreLayers } from "../score_layers.ts";

/** The temperature of the logits in GraSP's loss, as in its authors' code. */
export const GRASP_TEMPERATURE = 200;

/**
 * GraSP (Wang, Zhang and Grosse 2020): score `w · (H g)` with g the gradient and H the Hessian of the cross-entropy of
 * `f / 200`, both over the weights that may be pruned; the largest stay. One tangent pass along g gives the product; neither g
 * nor H is formed.
 */
export const grasp = register(definePruner({
  name: "grasp",
  label: "GraSP",
  reads: "samples",
  score(context) {
    const { device, network } = context;
    const batch = batchOf(context, "grasp");
    const loss = crossEntropyLoss({ temperature: GRASP_TEMPERATURE });
    using made = new Resources();
    const pass = made.add(forward(network, batch.inputs));
    const value = made.add(loss.value(device, pass.out, batch));
    pass.pullback(value.gradient, false);
    made.add(sweepTangent(pass, gradientDirection(pass), loss, batch));
    const meetings = pass.meetings.filter(({ weight }) => weight.prunable);
    return scoreLayers(context, (layer, { matrix, scale }, mask, out) => {
      const args = { ...hessianPairs(meetings[layer]), weights: matrix, mask, out };
      device.run(saliency, args, { scale, pruned: NEGATIVE_INFINITY, kind: "grasp" });
    }, made.move());
  },
  recorded: true,
  style: { light: "#03a792", dark: "#26c9b1", shape: "triangle-up" },
}));
