import { initialiseWeights } from "@graphon-limit/ops";
import type { Device, Seed } from "@graphon-limit/runtime";
import { Mlp, type MlpOptions } from "./mlp.ts";
import { assertWidths, type Initialiser, initialiserLaw } from "./network.ts";

export interface InitialiseOptions extends MlpOptions {
  readonly seed: Seed;
  /** `σ_w²` of the `ntk` initialiser; 1 unless given. The other initialisers fix their own. */
  readonly weightVariance?: number;
}

/**
 * A network with random weights, every one a function of the seed, its layer and its position: the same on every device.
 * The parametrization is `ntk` for the `ntk` initialiser and `standard` for the others, unless given.
 *
 * @param widths inputs, hidden layers, outputs
 */
export function initialise(
  device: Device,
  widths: readonly number[],
  initialiser: Initialiser,
  { seed, weightVariance = 1, ...options }: InitialiseOptions,
): Mlp {
  assertWidths(widths);
  const weights = widths.slice(1).map((width, layer) => {
    const { distribution, scale } = initialiserLaw(initialiser, widths[layer], weightVariance);
    const matrix = device.matrix(width, widths[layer]);
    const settings = { seedLow: seed[0], seedHigh: seed[1], layer, scale, distribution };
    device.run(initialiseWeights, { weights: matrix }, settings);
    return matrix;
  });
  const parametrization = initialiser === "ntk" ? "ntk" : "standard";
  return Mlp.fromWeights(device, weights, { parametrization, ...options });
}
