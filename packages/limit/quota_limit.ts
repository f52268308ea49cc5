import { assertGlobal, type Method, sharesOf, targetOf } from "@graphon-limit/pruners";
import { constantLimit, keptAtRandom } from "./constant_limit.ts";
import type { LayerLaw } from "./layer_laws.ts";
import type { Limit } from "./limit.ts";

/**
 * The limit of random pruning that says how many weights each layer keeps, in proportion to the layers' parts. A finite network's
 * layers keep the whole numbers that the method itself says.
 *
 * @param logPart the logarithm of a layer's part, but for a term that all layers share
 */
export function quotaLimit(method: Method, logPart: (law: LayerLaw) => number): Limit {
  return constantLimit({
    method,
    ofLaw({ layers }, { sparsity, scope }) {
      assertGlobal(method, scope);
      const sizes = relative(layers.map(({ logCount }) => logCount)), parts = relative(layers.map(logPart));
      const kept = (1 - sparsity) * sizes.reduce((sum, size) => sum + size);
      return sharesOf(kept, parts, sizes).map((share, layer) => keptAtRandom(share / sizes[layer]));
    },
    ofNetwork(network, _law, { sparsity, scope }) {
      const { quota } = targetOf(network, method, { sparsity, scope });
      return network.weights.map(({ count }, layer) => keptAtRandom(quota![layer] / count));
    },
  });
}

/** Numbers over the largest of them, from their logarithms: those of endless layers are none themselves. */
function relative(logarithms: readonly number[]): number[] {
  const most = Math.max(...logarithms);
  return logarithms.map((logarithm) => Math.exp(logarithm - most));
}
