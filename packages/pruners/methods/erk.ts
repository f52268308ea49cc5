import { definePruner } from "../method.ts";
import { register } from "../registry.ts";
import { shareOut } from "../share_out.ts";

/**
 * Random pruning with Erdős–Rényi densities (Mocanu et al. 2018; with kernels, Evci et al. 2020): the density of a layer is in
 * proportion to `(n_in + n_out) / (n_in n_out)`, of a convolution to `(n_in + n_out + k_h + k_w) / (n_in n_out k_h k_w)`, so that
 * wide layers keep a smaller share of their weights; a layer that would keep more than all keeps all, and the others share the
 * rest.
 */
export const erk = register(definePruner({
  name: "erk",
  label: "ERK",
  reads: "nothing",
  quota({ network: { weights }, keep }) {
    const parts = weights.map(({ output, input, kernel }) =>
      output.size + (input?.size ?? 1) + kernel.reduce((sum, extent) => sum + extent, 0)
    );
    return shareOut(keep, parts, weights.map(({ count }) => count));
  },
  style: { light: "#1100c3", dark: "#c42031", shape: "wedge" },
}));
