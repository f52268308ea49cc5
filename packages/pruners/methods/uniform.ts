import { definePruner } from "../method.ts";
import { register } from "../registry.ts";
import { shareOut } from "../share_out.ts";

/** Random pruning with the same density in every layer. */
export const uniform = register(definePruner({
  name: "uniform",
  label: "Uniform",
  reads: "nothing",
  quota({ network: { weights }, keep }) {
    const sizes = weights.map(({ count }) => count);
    return shareOut(keep, sizes, sizes);
  },
  style: { light: "#a979ff", dark: "#b09dff", shape: "triangle-left" },
}));
