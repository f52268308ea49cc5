import { type Device, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import type { Activation, Parametrization } from "./laws.ts";
import type { NetworkSizes } from "./networks/sizes.ts";
import { positionsOf, type SignalShape } from "./signal.ts";
import type { Pass, Stage } from "./stage.ts";
import type { Weight } from "./weight.ts";

/** What a network is, apart from its numbers: enough to build it again around weights from a file. */
export interface Architecture {
  /** `mlp`. */
  readonly kind: string;
  /** Its extents, where its parameters do not tell them. */
  readonly sizes?: NetworkSizes;
  readonly activation: Activation;
  readonly parametrization: Parametrization;
}

/**
 * A network on a device: a stage, and what it computes from. It owns its parameters, and the masks put on them, and releases them
 * together.
 */
export class Network implements Disposable {
  readonly output: SignalShape;
  /** All that trains: weights, biases, in the order in which a signal meets them. */
  readonly parameters: readonly Weight[];
  /** The parameters that may be pruned, in the same order: the layers, numbered from 0. */
  readonly weights: readonly Weight[];

  /**
   * @param input the shape of one sample
   * @throws {InvalidArgumentError} if the stage does not take such samples, or gives more than a number per class
   */
  constructor(
    readonly device: Device,
    readonly stage: Stage,
    readonly input: SignalShape,
    readonly architecture: Architecture,
  ) {
    this.output = stage.shape(input);
    this.parameters = stage.parameters;
    this.weights = stage.parameters.filter(({ prunable }) => prunable);
    if (positionsOf(this.output) !== 1) {
      throw new InvalidArgumentError(
        `Expected a network that gives one number per class but found ${
          this.output.positions.join("·")
        } positions`,
      );
    }
  }

  /** The number of weights that may be pruned: hidden layers plus one of an MLP. */
  get depth(): number {
    return this.weights.length;
  }

  /** Numbers of a sample. */
  get features(): number {
    return this.input.rows * positionsOf(this.input);
  }

  get classes(): number {
    return this.output.rows;
  }

  /** Whether weights are made whenever they are read, and not kept (see `initialise`). */
  get regenerated(): boolean {
    return this.parameters.some((parameter) => parameter.regenerated);
  }

  [Symbol.dispose](): void {
    for (const parameter of this.parameters) parameter[Symbol.dispose]();
  }
}

/**
 * Runs samples through a network (docs/mathematics.md §1), keeping what its pullback needs.
 *
 * @param inputs [features, samples]; must outlive the pass
 * @returns a pass whose `out` is [classes, samples]
 * @throws {InvalidArgumentError} unless they have as many features as the network takes
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { forward, initialise } from "@graphon-limit/model";
 * import { openDevice, seedFrom } from "@graphon-limit/runtime";
 *
 * using device = await openDevice({ kind: "cpu" });
 * using network = initialise(device, [3, 8, 2], "he", { seed: seedFrom(0) });
 * using inputs = device.upload(Float32Array.of(1, 0, 2, 0, 3, 0), 3, 2);
 * using pass = forward(network, inputs);
 * const outputs = await device.read(pass.out);
 * assert.deepEqual([outputs[1], outputs[3]], [0, 0]); // the second sample is zero, and there are no biases
 * ```
 */
export function forward(network: Network, inputs: Matrix): Pass {
  assertInputs(network, inputs);
  return network.stage.forward(inputs, network.input);
}

/** The network's outputs, `out` [classes, samples], alone: each layer is released as soon as the next is there. */
export function predict(network: Network, inputs: Matrix): Pick<Pass, "out"> & Disposable {
  assertInputs(network, inputs);
  return network.stage.forward(inputs, network.input, { keep: false });
}

/** Throws unless a network takes `inputs`. */
export function assertInputs({ features }: Network, inputs: Matrix): void {
  if (inputs.rows !== features) {
    throw new InvalidArgumentError(
      `Expected inputs of ${features} features but found ${inputs.describe()}`,
    );
  }
}
