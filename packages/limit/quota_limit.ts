import { assertGlobal, type Method, sharesOf, targetOf } from "@graphon-limit/pruners";
import { constantLimit, keptAtRandom } from "./constant_limit.ts";
import type { LayerLaw } from "./layer_laws.ts";
import type { Limit } from "./limit.ts";

/**
 * The limit of random pruning that says how many weights each layer keeps: each layer's share of its weights, given what its part
 * is of all that is kept. A finite network's shares are the whole numbers that the method itself gives it.
 */
export function quotaLimit(method: Method, partOf: (law: LayerLaw) => number): Limit {
  return constantLimit({
    method,
    ofLaw({ layers }, { sparsity, scope }) {
      assertGlobal(method, scope);
      // Endless layers are of the size that stands for it: all of these, and their products, are numbers.
      const sizes = layers.map(({ logCount }) => Math.exp(logCount));
      const kept = (1 - sparsity) * sizes.reduce((sum, size) => sum + size);
      return sharesOf(kept, layers.map(partOf), sizes).map((share, layer) =>
        keptAtRandom(share / sizes[layer])
      );
    },
    ofNetwork(network, _law, { sparsity, scope }) {
      const { quota } = targetOf(network, method, { sparsity, scope });
      return network.weights.map(({ count }, layer) => keptAtRandom(quota![layer] / count));
    },
  });
}
