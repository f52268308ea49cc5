import type { ActivationName } from "@graphon-limit/ops";
import { assertCount, InvalidArgumentError, show } from "@graphon-limit/runtime";

/**
 * Where the factor that keeps signals of order 1 sits (docs/mathematics.md §1): in the forward pass, `s_l = 1/√fan-in` (`ntk`), or in
 * the initial weights (`standard`, `s_l = 1`).
 */
export type Parametrization = "ntk" | "standard";

/** The parametrizations there are. */
export const PARAMETRIZATIONS: readonly Parametrization[] = ["ntk", "standard"];

/** The law of the initial weights; see {@linkcode initialiserLaw}. */
export type Initialiser = "he" | "lecun" | "torch" | "ntk";

/** The initialisers there are. */
export const INITIALISERS: readonly Initialiser[] = ["he", "lecun", "torch", "ntk"];

/** The hidden layers' activation φ. */
export type Activation = Exclude<ActivationName, "gelu">;

/** The activations there are. */
export const ACTIVATIONS: readonly Activation[] = ["relu", "erf", "tanh", "linear"];

/** Throws unless an activation is one there is. */
export function assertActivation(activation: Activation): void {
  if (ACTIVATIONS.includes(activation)) return;
  throw new InvalidArgumentError(
    `Expected an activation of ${ACTIVATIONS.join(", ")} but found ${show(activation)}`,
  );
}

/** The factor `s_l` on a layer's product, for a layer of `fanIn` inputs. */
export function layerScale(parametrization: Parametrization, fanIn: number): number {
  if (!PARAMETRIZATIONS.includes(parametrization)) {
    throw new InvalidArgumentError(
      `Expected a parametrization of ${PARAMETRIZATIONS.join(", ")} but found ${show(parametrization)}`,
    );
  }
  return parametrization === "ntk" ? 1 / Math.sqrt(fanIn) : 1;
}

/** A distribution of initial weights: `scale · N(0, 1)`, or uniform in `(−scale, scale)`. */
export interface InitialLaw {
  readonly distribution: "normal" | "uniform";
  readonly scale: number;
}

/**
 * The law of a layer's initial weights.
 *
 * - `ntk`: `N(0, σ²)` with `σ² = weightVariance`, for the `ntk` parametrization;
 * - `he`: `N(0, 2/fanIn)` (He et al. 2015); `lecun`: `N(0, 1/fanIn)`;
 * - `torch`: `U(±1/√fanIn)`, the default of PyTorch's `Linear`.
 */
export function initialiserLaw(initialiser: Initialiser, fanIn: number, weightVariance = 1): InitialLaw {
  switch (initialiser) {
    case "he":
      return { distribution: "normal", scale: Math.sqrt(2 / fanIn) };
    case "lecun":
      return { distribution: "normal", scale: Math.sqrt(1 / fanIn) };
    case "torch":
      return { distribution: "uniform", scale: Math.sqrt(1 / fanIn) };
    case "ntk":
      if (!(weightVariance > 0 && weightVariance < Infinity)) {
        throw new InvalidArgumentError(
          `Expected a weight variance above 0 but found ${show(weightVariance)}`,
        );
      }
      return { distribution: "normal", scale: Math.sqrt(weightVariance) };
    default:
      throw new InvalidArgumentError(
        `Expected an initialiser of ${INITIALISERS.join(", ")} but found ${show(initialiser)}`,
      );
  }
}

/** Throws unless there are at least an input and an output layer, each of at least one unit. */
export function assertWidths(widths: readonly number[]): void {
  if (widths.length < 2) {
    throw new InvalidArgumentError(
      `Expected widths of at least two layers but found ${show(widths.join(", "))}`,
    );
  }
  widths.forEach((width, layer) => assertCount(`the width of layer ${layer}`, width, 1));
}
