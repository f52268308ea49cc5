import { initialiseWeights } from "@graphon-limit/ops";
import {
  type Device,
  GeneratedMatrix,
  InvalidArgumentError,
  type Matrix,
  type Seed,
  show,
} from "@graphon-limit/runtime";
import { Mlp, type MlpOptions } from "./mlp.ts";
import { assertWidths, type Initialiser, initialiserLaw } from "./network.ts";

/** The seed of {@linkcode initialise}, and how the network computes. */
export interface InitialiseOptions extends MlpOptions {
  readonly seed: Seed;
  /** `σ_w²` of the `ntk` initialiser; 1 unless given. The other initialisers fix their own. */
  readonly weightVariance?: number;
  /** Whether the weights are kept in the device's memory, as they are unless given. */
  readonly weights?: WeightStorage;
}

/**
 * Whether a network's weights are `kept`, or `regenerated` from the seed whenever something reads them, a panel of rows at a
 * time: then they take no memory, are drawn again for every use, and cannot be trained.
 */
export type WeightStorage = "kept" | "regenerated";

/** The ways to store weights that there are. */
export const WEIGHT_STORAGES: readonly WeightStorage[] = ["kept", "regenerated"];

/**
 * A network with random weights, every one a function of the seed, its layer and its position: the same on every device.
 * The parametrization is `ntk` for the `ntk` initialiser and `standard` for the others, unless given.
 *
 * @param widths inputs, hidden layers, outputs
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
 * using mlp = initialise(device, [784, 64, 10], "he", { seed: seedFrom(0) });
 * assert.deepEqual(mlp.weights.map(({ rows, cols }) => [rows, cols]), [[64, 784], [10, 64]]);
 * ```
 */
export function initialise(
  device: Device,
  widths: readonly number[],
  initialiser: Initialiser,
  { seed, weightVariance = 1, weights: storage = "kept", ...options }: InitialiseOptions,
): Mlp {
  assertWidths(widths);
  if (!WEIGHT_STORAGES.includes(storage)) {
    throw new InvalidArgumentError(
      `Expected weights that are ${WEIGHT_STORAGES.join(" or ")} but found ${show(storage)}`,
    );
  }
  const weights = widths.slice(1).map((width, layer) => {
    const { distribution, scale } = initialiserLaw(initialiser, widths[layer], weightVariance);
    const settings = { seedLow: seed[0], seedHigh: seed[1], layer, scale, distribution };
    const draw = (weights: Matrix) => device.run(initialiseWeights, { weights }, settings);
    if (storage === "regenerated") return new GeneratedMatrix(device, width, widths[layer], draw);
    const matrix = device.matrix(width, widths[layer]);
    draw(matrix);
    return matrix;
  });
  const parametrization = initialiser === "ntk" ? "ntk" : "standard";
  return Mlp.fromWeights(device, weights, { parametrization, ...options });
}
