import { initialiseWeights } from "@graphon-limit/ops";
import {
  type Device,
  GeneratedMatrix,
  InvalidArgumentError,
  type Matrix,
  type Seed,
  show,
} from "@graphon-limit/runtime";
import { assertWidths, type Initialiser, initialiserLaw } from "./laws.ts";
import { mlp, type MlpOptions } from "./mlp.ts";
import type { Network } from "./network.ts";
import { Resources } from "./resources.ts";

/** The seed of {@linkcode initialise}, and how the network computes. */
export interface InitialiseOptions extends MlpOptions {
  readonly seed: Seed;
  /** `σ_w²` of the `ntk` initialiser; 1 unless given. The other initialisers fix their own. */
  readonly weightVariance?: number | undefined;
  /** Whether the weights are kept in the device's memory, as they are unless given. */
  readonly weights?: WeightStorage | undefined;
  /** Whether there are biases, and how they begin; none unless given. */
  readonly bias?: BiasInitialiser | undefined;
}

/**
 * How biases begin: there are none; as zero; or uniform on `±1/√fan-in`, the default of PyTorch's `Linear`.
 */
export type BiasInitialiser = "none" | "zero" | "torch";

/** The ways biases begin that there are. */
export const BIAS_INITIALISERS: readonly BiasInitialiser[] = ["none", "zero", "torch"];

/** Added to a layer's number where its bias is drawn, so that it shares no random number with the weights. */
const BIAS_LAYERS = 0x80000000;

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
 * using network = initialise(device, [784, 64, 10], "he", { seed: seedFrom(0) });
 * assert.deepEqual(network.weights.map(({ rows, cols }) => [rows, cols]), [[64, 784], [10, 64]]);
 * ```
 */
export function initialise(
  device: Device,
  widths: readonly number[],
  initialiser: Initialiser,
  options: InitialiseOptions,
): Network {
  const { seed, weightVariance = 1, weights: storage = "kept", bias = "none", activation } = options;
  const { parametrization = initialiser === "ntk" ? "ntk" : "standard" } = options;
  assertWidths(widths);
  if (!WEIGHT_STORAGES.includes(storage)) {
    throw new InvalidArgumentError(
      `Expected weights that are ${WEIGHT_STORAGES.join(" or ")} but found ${show(storage)}`,
    );
  }
  if (!BIAS_INITIALISERS.includes(bias)) {
    throw new InvalidArgumentError(
      `Expected biases of ${BIAS_INITIALISERS.join(", ")} but found ${show(bias)}`,
    );
  }
  // What is there is released where the network turns out to be none.
  using made = new Resources();
  const layers = widths.slice(1).map((width, layer) => {
    const fanIn = widths[layer], { distribution, scale } = initialiserLaw(initialiser, fanIn, weightVariance);
    const settings = { seedLow: seed[0], seedHigh: seed[1], layer, scale, distribution };
    const draw = (weights: Matrix) => device.run(initialiseWeights, { weights }, settings);
    return {
      weight: storage === "regenerated"
        ? new GeneratedMatrix(device, width, fanIn, draw)
        : drawn(made.add(device.matrix(width, fanIn)), draw),
      ...(bias === "none"
        ? {}
        : { bias: drawn(made.add(device.matrix(width, 1)), (matrix) => drawBias(matrix, layer, fanIn)) }),
    };
  });
  const network = mlp(device, layers, {
    parametrization,
    activation,
  });
  made.move();
  return network;

  function drawBias(bias: Matrix, layer: number, fanIn: number): void {
    if (options.bias === "zero") return device.clear(bias);
    device.run(initialiseWeights, { weights: bias }, {
      seedLow: seed[0],
      seedHigh: seed[1],
      layer: BIAS_LAYERS + layer,
      scale: Math.sqrt(1 / fanIn),
      distribution: "uniform",
    });
  }
}

/** A matrix that has been filled. */
function drawn(matrix: Matrix, draw: (matrix: Matrix) => void): Matrix {
  draw(matrix);
  return matrix;
}
