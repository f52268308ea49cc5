import { InvalidArgumentError } from "@graphon-limit/runtime";
import { type Axis, axis } from "../axis.ts";
import { type Activation, assertActivation } from "../laws.ts";
import type { Stage } from "../stage.ts";
import { activation as activationStage } from "../stages/activation.ts";
import { chain } from "../stages/chain.ts";
import { flatten, image } from "../stages/flatten.ts";
import { averagePool } from "../stages/pool.ts";
import type { NetworkDefinition } from "./definition.ts";
import { convolved, product } from "./parts.ts";
import { registerDefinition } from "./held_parameters.ts";
import { imageOf, type NetworkSizes, sizeOf, sizesOf } from "./sizes.ts";

/**
 * A convolutional network: for each number of channels a convolution that keeps the image's size, φ, and averages over 2×2 pixels; then
 * all that is left in one product. Its tensors are `layers.0.weight` [channels, C, kernel, kernel] … `layers.N.weight` [classes, …].
 *
 * @param sizes `image` (channels, height, width), `channels`, `kernel` (odd), `classes`
 */
export function cnn(
  sizes: NetworkSizes,
  { activation = "relu" }: { activation?: Activation } = {},
): NetworkDefinition {
  const [inputs, height, width] = imageOf(sizes), channels = sizesOf(sizes, "channels");
  const kernel = sizeOf(sizes, "kernel"), classes = sizeOf(sizes, "classes");
  if (kernel % 2 === 0) {
    throw new InvalidArgumentError(
      `Expected an odd kernel, which keeps an image's size, but found ${kernel}`,
    );
  }
  const [rows, columns] = [height, width].map((extent) => extent >> channels.length);
  if (rows < 1 || columns < 1) {
    throw new InvalidArgumentError(
      `Expected images that can be halved ${channels.length} times but found ${height}×${width}`,
    );
  }
  assertActivation(activation);
  return {
    kind: "cnn",
    sizes,
    features: inputs * height * width,
    activation,
    build(source) {
      let input: Axis = axis("channels of the image", inputs);
      const stages: Stage[] = [image(inputs, height, width)];
      channels.forEach((size, l) => {
        const output = axis(`channels ${l + 1}`, size);
        stages.push(
          convolved(source, `layers.${l}`, { input, output }, { kernel: [kernel, kernel] }),
          activationStage(activation),
          averagePool({ kernel: [2, 2] }),
        );
        input = output;
      });
      const flat = axis("channels and positions", input.size * rows * columns);
      const ends = { input: flat, output: axis("outputs", classes) };
      return chain([...stages, flatten(), product(source, `layers.${channels.length}`, ends)]);
    },
  };
}

registerDefinition("cnn", cnn);
