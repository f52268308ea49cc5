import fc from "fast-check";
import {
  crossEntropyLoss,
  type Loss,
  mlp,
  type Network,
  type OwnedBatch,
  squaredErrorLoss,
  uploadBatch,
  type Weight,
} from "@graphon-limit/model";
import { type Device, packBits, RandomSequence } from "@graphon-limit/runtime";
import type { Float64Network, Float64Task } from "./float64_network.ts";

/** A small random network with samples to run it on. */
export interface NetworkCase {
  readonly network: Float64Network;
  readonly task: Float64Task;
  readonly masked: boolean;
}

/** Draws small networks of an activation: both parametrizations, both losses, with and without masks and biases. */
export function networkCases(activation: Float64Network["activation"]): fc.Arbitrary<NetworkCase> {
  return fc.record({
    hidden: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 0, maxLength: 3 }),
    inputs: fc.integer({ min: 1, max: 5 }),
    classes: fc.integer({ min: 2, max: 4 }),
    samples: fc.integer({ min: 1, max: 5 }),
    parametrization: fc.constantFrom("ntk" as const, "standard" as const),
    loss: fc.constantFrom("cross-entropy" as const, "squared-error" as const),
    temperature: fc.constantFrom(1, 3),
    masked: fc.boolean(),
    biased: fc.boolean(),
    seed: fc.nat(),
  }).map(({ hidden, inputs, classes, samples, parametrization, loss, temperature, masked, biased, seed }) => {
    const random = new RandomSequence(seed);
    const widths = [inputs, ...hidden, classes];
    const sizes = widths.slice(1).map((width, layer) => width * widths[layer]);
    const normal = (length: number) => Float64Array.from({ length }, () => Math.fround(random.normal()));
    return {
      network: {
        widths,
        activation,
        parametrization,
        weights: sizes.map((size) => normal(size)),
        masks: sizes.map((size) =>
          Uint8Array.from({ length: size }, () => Number(!masked || random.uniform() < 0.6))
        ),
        ...(biased ? { biases: widths.slice(1).map((width) => normal(width)) } : {}),
      },
      task: {
        inputs: Array.from({ length: samples }, () => normal(inputs)),
        labels: Array.from({ length: samples }, () => random.integer(classes)),
        loss,
        temperature,
      },
      masked,
    };
  });
}

/** The same network on a device. */
export function placeNetwork(device: Device, { network, masked }: NetworkCase): Network {
  const { widths, activation, parametrization, biases } = network;
  const layers = network.weights.map((matrix, l) => ({
    weight: device.upload(Float32Array.from(matrix), widths[l + 1], widths[l]),
    bias: biases && device.upload(Float32Array.from(biases[l]), widths[l + 1], 1),
  }));
  const placed = mlp(device, layers, { activation, parametrization });
  if (masked) {
    placed.weights.forEach((weight, l) => {
      const { rows, cols } = weight;
      weight.setMask(device.uploadBits(packBits(network.masks[l], rows, cols), rows, cols));
    });
  }
  return placed;
}

/** A network's parameters as `parametersOf` has them: the weights, then the biases. */
export function weightsThenBiases({ parameters }: Network): readonly Weight[] {
  return [
    ...parameters.filter(({ role }) => role === "weight"),
    ...parameters.filter(({ role }) => role === "bias"),
  ];
}

/** What belongs to a network's parameters, in their order, from what belongs to the weights and then to the biases. */
export function inParameterOrder<T>(network: Network, values: readonly T[]): T[] {
  const order = weightsThenBiases(network);
  return network.parameters.map((parameter) => values[order.indexOf(parameter)]);
}

/** The samples on a device. */
export function placeBatch(device: Device, { task }: NetworkCase): OwnedBatch {
  return uploadBatch(
    device,
    Float32Array.from(task.inputs.flatMap((input) => Array.from(input))),
    task.labels,
  );
}

/** The library's loss of a task. */
export function lossOf({ loss, temperature }: Float64Task): Loss {
  return loss === "cross-entropy" ? crossEntropyLoss({ temperature }) : squaredErrorLoss();
}
