import { crossEntropyLoss, forward, Resources } from "@graphon-limit/model";
import { NEGATIVE_INFINITY, saliency } from "@graphon-limit/ops";
import { batchOf, definePruner } from "../method.ts";
import { register } from "../registry.ts";
import { scoreLayers } from "../score_layers.ts";

/**
 * SNIP (Lee, Ajanthan and Torr 2019): score `|w · ∂ℒ/∂w|`, ℒ the cross-entropy on the batch. The gradient is never
 * stored: it is made and used element by element.
 */
export const snip = register(definePruner({
  name: "snip",
  label: "SNIP",
  reads: "samples",
  score(context) {
    const { device, network } = context;
    const batch = batchOf(context, "snip");
    using made = new Resources();
    const pass = made.add(forward(network, batch.inputs));
    const loss = made.add(crossEntropyLoss().value(device, pass.out, batch));
    pass.pullback(loss.gradient, false);
    const meetings = pass.meetings.filter(({ weight }) => weight.prunable);
    return scoreLayers(context, (layer, { matrix, scale }, mask, out) => {
      const { input, delta } = meetings[layer];
      const args = { a: delta!, x: input!, weights: matrix, mask, out };
      device.run(saliency, args, { scale, pruned: NEGATIVE_INFINITY, kind: "snip" });
    }, made.move());
  },
  recorded: true,
  style: { light: "#2d6abb", dark: "#297df7", shape: "square" },
}));
