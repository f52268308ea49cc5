import { type Device, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { type Axis, axis } from "./axis.ts";
import { biasNameOf } from "./bias_name.ts";
import { type Activation, assertActivation, layerScale, type Parametrization } from "./laws.ts";
import { registerArchitecture } from "./architectures.ts";
import { Network } from "./network.ts";
import { vectorShape } from "./signal.ts";
import { activation as activationStage } from "./stages/activation.ts";
import { bias as biasStage } from "./stages/bias.ts";
import { chain } from "./stages/chain.ts";
import { linear } from "./stages/linear.ts";
import { Weight } from "./weight.ts";

/** How a multilayer perceptron computes, apart from its numbers. */
export interface MlpOptions {
  /** `standard` unless given. */
  readonly parametrization?: Parametrization | undefined;
  /** `relu` unless given. */
  readonly activation?: Activation | undefined;
}

/** A layer's matrices: `weight` [out, in] and, where it has one, `bias` [out, 1]. */
export interface LayerMatrices {
  /** As files name the weight; `layers.<l>.weight` unless given. */
  readonly name?: string;
  readonly weight: Matrix;
  readonly bias?: Matrix | undefined;
  /** As files name the bias; the weight's name with `bias` at its end unless given. */
  readonly biasName?: string;
}

/**
 * A fully connected network of given matrices, which it owns from here on: a chain of `z^(l) = s_l (W^(l) ⊙ M^(l)) h^(l-1) +
 * b^(l)` and `h^(l) = φ(z^(l))`, the last layer linear (docs/mathematics.md §1).
 *
 * @param layers each taking what the one before gives
 * @throws {InvalidArgumentError} if they do not follow one another
 */
export function mlp(
  device: Device,
  layers: readonly LayerMatrices[],
  { parametrization = "standard", activation = "relu" }: MlpOptions = {},
): Network {
  if (layers.length === 0) {
    throw new InvalidArgumentError("Expected the weights of at least one layer but found none");
  }
  assertActivation(activation);
  layers.forEach(({ weight }, l) => {
    const before = layers[l - 1]?.weight;
    if (before && weight.cols !== before.rows) {
      throw new InvalidArgumentError(
        `Expected weights of layer ${l} to take ${before.rows} inputs but found ${weight.describe()}`,
      );
    }
  });
  let input: Axis = axis("inputs", layers[0].weight.cols);
  const stages = layers.flatMap(({ weight, bias, ...names }, l) => {
    const { name = `layers.${l}.weight` } = names, { biasName = biasNameOf(name) } = names;
    const last = l + 1 === layers.length;
    const output = axis(last ? "outputs" : `hidden ${l + 1}`, weight.rows);
    const scale = layerScale(parametrization, weight.cols);
    const product = linear(new Weight(weight, { name, output, input, scale }));
    input = output;
    return [
      product,
      ...bias ? [biasStage(new Weight(bias, { name: biasName, output, role: "bias" }))] : [],
      ...last ? [] : [activationStage(activation)],
    ];
  });
  const architecture = { kind: "mlp", activation, parametrization };
  return new Network(device, chain(stages), vectorShape(layers[0].weight.cols), architecture);
}

registerArchitecture("mlp", (device, parameters, architecture) => {
  const layers: LayerMatrices[] = [];
  for (const { name, role, matrix } of parameters) {
    if (role === "weight") layers.push({ name, weight: matrix });
    else if (role !== "bias") {
      throw new InvalidArgumentError(`Expected weights and biases but found the ${role} ${name}`);
    } else {
      const layer = layers.pop();
      if (!layer || layer.bias) {
        throw new InvalidArgumentError(
          `Expected the bias ${name} to have a weight before it, and to be that weight's only one`,
        );
      }
      layers.push({ ...layer, bias: matrix, biasName: name });
    }
  }
  return mlp(device, layers, architecture);
});

/** Inputs, hidden layers, outputs of a network whose weights follow one another. */
export function widthsOf({ features, weights }: Network): number[] {
  return [features, ...weights.map(({ rows }) => rows)];
}
