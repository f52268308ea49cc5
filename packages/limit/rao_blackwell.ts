import type { Network } from "@graphon-limit/model";
import type { WeightLaw } from "@graphon-limit/ops";
import { InvalidArgumentError, type LongCallOptions } from "@graphon-limit/runtime";
import { measuredLaws } from "./layer_laws.ts";
import type { MaskOptions } from "./options.ts";
import { planMasks } from "./plan.ts";
import { limitNamed } from "./registry.ts";
import { combine, type LimitLayer } from "./result.ts";

/** How a network would be pruned, and how finely its graphons are wanted. */
export interface RaoBlackwellOptions extends MaskOptions, LongCallOptions {
  /** The family the initial weights are from; normal unless given. Their deviation is measured, layer by layer. */
  readonly law?: WeightLaw | undefined;
}

/**
 * The graphons of one finite network's masks with the masks' coin flips integrated out (Rao and Blackwell): the types are
 * those of the network's own neurons, and each weight, which enters its own score and next to nothing of its neurons' types,
 * is averaged over its law (docs/mathematics.md §5). Far less noisy than sort-and-smooth of the mask itself. A single network: no
 * standard errors. The network must be at its initialisation, without masks; it is left so. Its biases, which are never pruned,
 * count in its neurons' types.
 *
 * @param method the name of one that has a limit (`LIMITS`)
 * @throws {InvalidArgumentError} for a network with masks, or without a batch where the method reads one
 */
export async function raoBlackwell(
  network: Network,
  method: string,
  options: RaoBlackwellOptions,
): Promise<LimitLayer[]> {
  const limit = limitNamed(method), { law = "normal", signal } = options;
  if (network.weights.some(({ mask }) => mask)) {
    throw new InvalidArgumentError(
      "Expected a network without masks, as it was initialised, but found masks",
    );
  }
  if (!limit.ofNetwork) {
    throw new InvalidArgumentError(
      `Expected a method whose closed form takes a network's own neurons but found ${method}`,
    );
  }
  const plan = planMasks(limit, network.features, options);
  signal?.throwIfAborted();
  const laws = await measuredLaws(network, law);
  return (await limit.ofNetwork(network, laws, plan, options)).map((layer) => combine([layer]));
}
