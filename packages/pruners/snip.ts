import { NEGATIVE_INFINITY, saliency } from "@graphon-limit/ops";
import { backward, crossEntropyLoss, forward } from "@graphon-limit/model";
import { batchOf, definePruner } from "./pruner.ts";
import { Resources } from "./resources.ts";
import { scoreLayers } from "./score_layers.ts";

/**
 * SNIP (Lee, Ajanthan and Torr 2019): score `|w · ∂ℒ/∂w|`, ℒ the cross-entropy on the batch. The gradient is never
 * stored: it is made and used element by element.
 */
export const snip = definePruner({
  name: "snip",
  needsBatch: true,
  score(context) {
    const { device, mlp } = context;
    const batch = batchOf(context, "snip");
    using made = new Resources();
    const pass = made.add(forward(mlp, batch.inputs));
    const loss = made.add(crossEntropyLoss().value(device, pass.output, batch));
    const back = made.add(backward(mlp, pass, loss.gradient));
    return scoreLayers(context, (layer, weights, mask, scores) => {
      const args = { a: back.deltas[layer], x: pass.activations[layer], weights, mask, out: scores };
      device.run(saliency, args, { scale: mlp.scale(layer), pruned: NEGATIVE_INFINITY, kind: "snip" });
    }, made.move());
  },
});
