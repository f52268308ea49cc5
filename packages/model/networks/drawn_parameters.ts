import { fill, initialiseWeights } from "@graphon-limit/ops";
import {
  type Device,
  GeneratedMatrix,
  InvalidArgumentError,
  type Matrix,
  type Seed,
  show,
} from "@graphon-limit/runtime";
import {
  type Initialiser,
  initialiserLaw,
  type InitialLaw,
  layerScale,
  type Parametrization,
} from "../laws.ts";
import { Resources } from "../resources.ts";
import { Weight } from "../weight.ts";
import type { ParameterRequest, ParameterSource } from "./definition.ts";

/**
 * How biases begin: there are none; as zero; or uniform on `±1/√fan-in`, the default of PyTorch's `Linear`.
 */
export type BiasInitialiser = "none" | "zero" | "torch";

/** The ways biases begin that there are. */
export const BIAS_INITIALISERS: readonly BiasInitialiser[] = ["none", "zero", "torch"];

/**
 * Whether a network's weights are `kept`, or `regenerated` from the seed whenever something reads them, a panel of rows at a
 * time: then they take no memory, are drawn again for every use, and cannot be trained.
 */
export type WeightStorage = "kept" | "regenerated";

/** The ways to store weights that there are. */
export const WEIGHT_STORAGES: readonly WeightStorage[] = ["kept", "regenerated"];

/** Added to a layer's number where its bias is drawn, so that it shares no random number with the weights. */
const BIAS_LAYERS = 0x80000000;

/** Likewise of positions. */
const POSITION_LAYERS = 0x40000000;

/** The deviation of what is added to tokens by their places, as vision transformers have it (Dosovitskiy et al. 2021). */
const POSITION_DEVIATION = 0.02;

/** How parameters are drawn. */
export interface DrawOptions {
  readonly seed: Seed;
  readonly parametrization: Parametrization;
  /** `σ_w²` of the `ntk` initialiser; 1 unless given. */
  readonly weightVariance?: number | undefined;
  /** `kept` unless given. */
  readonly weights?: WeightStorage | undefined;
  /** `none` unless given. */
  readonly bias?: BiasInitialiser | undefined;
}

/**
 * Parameters that are drawn: weights by their initialiser's law, of as many inputs as a row has entries, in the order in which they are
 * asked for; gains of 1, shifts of 0, positions of N(0, 0.02²). Holds what it made until {@linkcode DrawnParameters.release}, so that a
 * network that turns out to be none leaves nothing.
 */
export class DrawnParameters implements ParameterSource, Disposable {
  readonly #made = new Resources();
  #layer = -1;
  #fanIn = 1;

  /** @throws {InvalidArgumentError} for a name there is not */
  constructor(
    readonly device: Device,
    readonly initialiser: Initialiser,
    readonly options: DrawOptions,
  ) {
    const { weights = "kept", bias = "none", parametrization, weightVariance } = options;
    // Both throw for what they do not know, before anything is made.
    initialiserLaw(initialiser, 1, weightVariance);
    layerScale(parametrization, 1);
    if (!WEIGHT_STORAGES.includes(weights)) {
      throw new InvalidArgumentError(
        `Expected weights that are ${WEIGHT_STORAGES.join(" or ")} but found ${show(weights)}`,
      );
    }
    if (!BIAS_INITIALISERS.includes(bias)) {
      throw new InvalidArgumentError(
        `Expected biases of ${BIAS_INITIALISERS.join(", ")} but found ${show(bias)}`,
      );
    }
  }

  take(request: ParameterRequest): Weight {
    const { role, output, input, kernel = [] } = request;
    const taps = kernel.reduce((product, extent) => product * extent, 1);
    const rows = output.size, cols = (input?.size ?? 1) * taps;
    if (role !== "weight") return new Weight(this.#other(request, rows, cols), request);
    this.#layer++;
    this.#fanIn = cols;
    const { parametrization, weightVariance = 1, weights = "kept" } = this.options;
    const law = initialiserLaw(this.initialiser, cols, weightVariance), layer = this.#layer;
    const draw = (matrix: Matrix) => this.#draw(matrix, layer, law);
    const matrix = weights === "regenerated"
      ? new GeneratedMatrix(this.device, rows, cols, draw)
      : this.#drawn(rows, cols, draw);
    return new Weight(matrix, { ...request, scale: layerScale(parametrization, cols) });
  }

  /** A bias, of the weight asked for last, where there are to be biases. */
  maybe(request: ParameterRequest): Weight | undefined {
    return (this.options.bias ?? "none") === "none" ? undefined : this.take(request);
  }

  /** Leaves all that was made to the network that it is in. */
  release(): void {
    this.#made.move();
  }

  [Symbol.dispose](): void {
    this.#made[Symbol.dispose]();
  }

  #other({ role }: ParameterRequest, rows: number, cols: number): Matrix {
    const layer = this.#layer, scale = Math.sqrt(1 / this.#fanIn);
    return this.#drawn(rows, cols, (matrix) => {
      if (role === "gain") return matrix.device.run(fill, { x: matrix }, { value: 1 });
      if (role === "position") {
        const law = { distribution: "normal", scale: POSITION_DEVIATION } as const;
        return this.#draw(matrix, POSITION_LAYERS + layer, law);
      }
      if (role === "shift" || this.options.bias === "zero") return matrix.device.clear(matrix);
      this.#draw(matrix, BIAS_LAYERS + layer, { distribution: "uniform", scale });
    });
  }

  #drawn(rows: number, cols: number, draw: (matrix: Matrix) => void): Matrix {
    const matrix = this.#made.add(this.device.matrix(rows, cols));
    draw(matrix);
    return matrix;
  }

  #draw(weights: Matrix, layer: number, { distribution, scale }: InitialLaw): void {
    const [seedLow, seedHigh] = this.options.seed;
    weights.device.run(initialiseWeights, { weights }, { seedLow, seedHigh, layer, scale, distribution });
  }
}
