import { assertCount, deriveSeed, type Device, partOf } from "@graphon-limit/runtime";
import type { LayerEstimate } from "./layer_estimate.ts";
import { networkLaw } from "./layer_laws.ts";
import type { LimitNetwork, LimitOptions } from "./options.ts";
import { planLimit } from "./plan.ts";
import { limitNamed } from "./registry.ts";
import { combine, type LimitLayer } from "./result.ts";

/**
 * The graphons that a method's masks converge to as the width grows, layer by layer from the input on, without a wide
 * network: latent types of neurons are sampled, each weight is integrated out in closed form, and one threshold is solved
 * for across layers (docs/mathematics.md §5). Rows are outputs and columns inputs, both sorted by descending expected degree. What a
 * method's limit takes into account is said where it is defined, in `methods/`.
 *
 * Progress counts steps of the repetitions.
 *
 * @param method the name of one that has a limit (`LIMITS`)
 *
 * @example The limit of magnitude pruning
 * ```ts
 * import { limitGraphon } from "@graphon-limit/limit";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * const network = { inputs: 784, hidden: 3, classes: 10, width: Infinity };
 * const layers = await limitGraphon(device, "magnitude", network, { sparsity: 0.8, seed: seedFrom(0) });
 * console.assert(Math.abs(layers[1].density - 0.2) < 1e-6);
 * ```
 *
 * @throws {InvalidArgumentError} for values outside what it accepts, or without a batch where the method reads one
 */
export async function limitGraphon(
  device: Device,
  method: string,
  network: LimitNetwork,
  options: LimitOptions,
): Promise<LimitLayer[]> {
  const limit = limitNamed(method), plan = planLimit(limit, network, options);
  const { outputDraws = 4, seed } = options;
  assertCount("the output draws", outputDraws, 1);
  options.signal?.throwIfAborted();
  const repeat = await limit.ofLaw(device, networkLaw(network), plan);
  if (limit.exact) return (await repeat(seed, options)).map(asExact);
  const repetitions: LayerEstimate[][] = [];
  for (let draw = 0; draw < outputDraws; draw++) {
    repetitions.push(await repeat(deriveSeed(seed, draw), partOf(options, draw, outputDraws)));
  }
  return repetitions[0].map((_, layer) => combine(repetitions.map((estimates) => estimates[layer])));
}

/** A layer that is known exactly. */
function asExact(estimate: LayerEstimate): LimitLayer {
  return { ...combine([estimate]), standardError: new Float64Array(estimate.graphon.values.length) };
}
