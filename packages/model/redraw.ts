import { initialiseWeights, rowDegree } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix, type Seed, show } from "@graphon-limit/runtime";
import { type Activation, initialiserLaw, type InitialLaw } from "./laws.ts";
import type { Network } from "./network.ts";
import type { Weight } from "./weight.ts";

/**
 * How weights are drawn anew under masks that are given. `he`, `lecun` and `torch` are the initialisers of those names, whose
 * variance follows all inputs of a neuron, pruned or not; the variance of `fan-in` follows the inputs that are left to it.
 */
export type Redraw = "he" | "lecun" | "torch" | "fan-in";

/** The ways to draw weights anew. */
export const REDRAWS: readonly Redraw[] = ["he", "lecun", "torch", "fan-in"];

/**
 * Draws all weights of a network anew, its biases left as they are, each a function of the seed, its layer and its position, under the masks it has.
 *
 * The laws are those of the effective weights `s_l w`, so that the parametrization changes nothing of what the network
 * computes. `fan-in` is `N(0, g/d_i)` for row `i` with `d_i` kept inputs, `g = 2` for ReLU (He et al. 2015) and 1 for erf, tanh
 * and linear (LeCun et al. 1998); a row without any input left is 0.
 *
 * @param seed not the one that the masks' own weights were drawn with, or `he` draws those again
 * @throws {InvalidArgumentError} for a law there is not, or a network whose weights are not kept
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { initialise, redraw } from "@graphon-limit/model";
 * import { deriveSeed, openDevice, packBits, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using network = initialise(device, [4, 2], "he", { seed: seedFrom(0) });
 * const bits = packBits(Uint8Array.of(1, 0, 1, 0, 0, 0, 0, 0), 2, 4);
 * network.weights[0].setMask(device.uploadBits(bits, 2, 4));
 * redraw(network, "fan-in", { seed: deriveSeed(seedFrom(0), 1) });
 * const weights = await device.read(network.weights[0].matrix);
 * assert.ok(weights.subarray(4).every((weight) => weight === 0));
 * ```
 */
export function redraw(network: Network, law: Redraw, { seed }: { readonly seed: Seed }): void {
  if (!REDRAWS.includes(law)) {
    throw new InvalidArgumentError(`Expected weights drawn by ${REDRAWS.join(", ")} but found ${show(law)}`);
  }
  network.weights.forEach((weight, layer) => {
    if (weight.regenerated) {
      throw new InvalidArgumentError(
        "Expected weights that are kept, to draw anew, but found regenerated ones",
      );
    }
    using fanIn = law === "fan-in" ? keptInputs(weight) : undefined;
    const { distribution, scale } = lawOf(law, weight.cols, network.architecture.activation);
    const settings = {
      seedLow: seed[0],
      seedHigh: seed[1],
      layer,
      scale: scale / weight.scale,
      distribution,
    };
    network.device.run(initialiseWeights, { fanIn, weights: weight.matrix }, settings);
  });
}

/** The gain `g` that keeps signals of one size through an activation: He's for ReLU, LeCun's for the others. */
export function activationGain(activation: Activation): number {
  return activation === "relu" ? 2 : 1;
}

/** The law of a weight, but for the root of its row's kept inputs that `fan-in` divides the scale by. */
function lawOf(law: Redraw, fanIn: number, activation: Activation): InitialLaw {
  if (law !== "fan-in") return initialiserLaw(law, fanIn);
  return { distribution: "normal", scale: Math.sqrt(activationGain(activation)) };
}

/** The inputs each row keeps, [rows, 1]. */
function keptInputs({ matrix: { device }, mask, rows, cols }: Weight): Matrix<"u32"> {
  if (!mask) return device.upload(new Uint32Array(rows).fill(cols), rows, 1);
  const degree = device.matrix(rows, 1, "u32");
  device.run(rowDegree, { mask, degree });
  return degree;
}
