import {
  type BitMatrix,
  type Device,
  GeneratedMatrix,
  InvalidArgumentError,
  type Matrix,
  show,
} from "@graphon-limit/runtime";
import {
  type Activation,
  ACTIVATIONS,
  assertWidths,
  layerScale,
  type NetworkShape,
  type Parametrization,
} from "./network.ts";

/** How an {@linkcode Mlp} computes, apart from its weights. */
export interface MlpOptions {
  /** Default `standard`. */
  readonly parametrization?: Parametrization;
  /** Default `relu`. */
  readonly activation?: Activation;
}

/**
 * A fully connected network without biases on a device (design §1): `z^(l) = s_l (W^(l) ⊙ M^(l)) h^(l-1)`,
 * `h^(l) = φ(z^(l))`, the last layer linear.
 *
 * Layers are numbered from 0 in arrays: `weights[l]` and `masks[l]` are `[widths[l + 1], widths[l]]`, and a layer without
 * a mask keeps every weight. The network owns its weights and the masks put into it, and releases them together.
 */
export class Mlp implements NetworkShape, Disposable {
  readonly widths: readonly number[];
  readonly parametrization: Parametrization;
  readonly activation: Activation;
  /** Masks may be replaced; the caller that replaces one disposes of the old one, or calls {@linkcode setMask}. */
  readonly masks: (BitMatrix | undefined)[];

  private constructor(readonly device: Device, readonly weights: readonly Matrix[], options: MlpOptions) {
    const { parametrization = "standard", activation = "relu" } = options;
    this.widths = [weights[0].cols, ...weights.map(({ rows }) => rows)];
    this.parametrization = parametrization;
    this.activation = activation;
    this.masks = weights.map(() => undefined);
  }

  /**
   * A network of given weights, which it owns from here on.
   *
   * @param weights `[out, in]` for each layer, each taking what the one before gives
   * @throws {InvalidArgumentError} if they do not follow one another
   */
  static fromWeights(device: Device, weights: readonly Matrix[], options: MlpOptions = {}): Mlp {
    if (weights.length === 0) {
      throw new InvalidArgumentError("Expected the weights of at least one layer but found none");
    }
    assertWidths([weights[0].cols, ...weights.map(({ rows }) => rows)]);
    for (let l = 1; l < weights.length; l++) {
      if (weights[l].cols !== weights[l - 1].rows) {
        throw new InvalidArgumentError(
          `Expected weights of layer ${l} to take ${weights[l - 1].rows} inputs but found ${
            weights[l].describe()
          }`,
        );
      }
    }
    const { activation = "relu", parametrization = "standard" } = options;
    if (!ACTIVATIONS.includes(activation)) {
      throw new InvalidArgumentError(
        `Expected an activation of ${ACTIVATIONS.join(", ")} but found ${show(activation)}`,
      );
    }
    layerScale(parametrization, 1);
    return new Mlp(device, [...weights], options);
  }

  /** The number of weight matrices: hidden layers plus one. */
  get depth(): number {
    return this.weights.length;
  }

  /** Whether weights are made whenever they are read, and not kept (see `initialise`). */
  get regenerated(): boolean {
    return this.weights.some((weights) => weights instanceof GeneratedMatrix);
  }

  /** The factor `s_l` on layer `l`'s product. */
  scale(layer: number): number {
    return layerScale(this.parametrization, this.widths[layer]);
  }

  /**
   * Puts a mask on a layer, or takes it off, releasing the one it had. The network owns the mask from here on.
   * @throws {InvalidArgumentError} unless the mask has the shape of the layer's weights
   */
  setMask(layer: number, mask: BitMatrix | undefined): void {
    const { rows, cols } = this.weights[layer];
    if (mask && (mask.rows !== rows || mask.cols !== cols)) {
      throw new InvalidArgumentError(
        `Expected the mask of layer ${layer} to be ${rows}×${cols} but found ${mask.describe()}`,
      );
    }
    if (this.masks[layer] !== mask) this.masks[layer]?.dispose();
    this.masks[layer] = mask;
  }

  [Symbol.dispose](): void {
    for (const matrix of this.weights) matrix.dispose();
    for (const mask of this.masks) mask?.dispose();
  }
}
