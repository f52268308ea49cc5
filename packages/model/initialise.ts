import type { Device } from "@graphon-limit/runtime";
import type { Initialiser } from "./laws.ts";
import type { MlpOptions } from "./mlp.ts";
import type { Network } from "./network.ts";
import { assemble, type NetworkDefinition } from "./networks/definition.ts";
import { DrawnParameters, type DrawOptions } from "./networks/drawn_parameters.ts";
import { mlpDefinition } from "./networks/mlp_definition.ts";

/** The seed of {@linkcode initialise}, and how the network computes. */
export type InitialiseOptions = MlpOptions & Omit<DrawOptions, "parametrization">;

/**
 * A network with random weights, every one a function of the seed, its layer and its position: the same on every device.
 * The parametrization is `ntk` for the `ntk` initialiser and `standard` for the others, unless given.
 *
 * @param of inputs, hidden layers, outputs of a fully connected network; or the definition of another
 * @returns a network that owns its weights, the caller's to dispose of
 * @throws {InvalidArgumentError} for fewer than two widths, one that is no positive whole number, or an unknown name
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { initialise } from "@graphon-limit/model";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using network = initialise(device, [784, 64, 10], "he", { seed: seedFrom(0) });
 * assert.deepEqual(network.weights.map(({ rows, cols }) => [rows, cols]), [[64, 784], [10, 64]]);
 * ```
 */
export function initialise(
  device: Device,
  of: readonly number[] | NetworkDefinition,
  initialiser: Initialiser,
  options: InitialiseOptions,
): Network {
  const { activation = "relu", parametrization = initialiser === "ntk" ? "ntk" : "standard" } = options;
  const definition = "build" in of ? of : mlpDefinition(of, activation);
  using source = new DrawnParameters(device, initialiser, { ...options, parametrization });
  const network = assemble(device, definition, source, parametrization);
  source.release();
  return network;
}
