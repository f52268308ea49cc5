import { type Axis, axis } from "../axis.ts";
import { type Activation, assertActivation } from "../laws.ts";
import type { Stage } from "../stage.ts";
import { activation as activationStage } from "../stages/activation.ts";
import { chain } from "../stages/chain.ts";
import { image } from "../stages/flatten.ts";
import { globalAveragePool } from "../stages/pool.ts";
import { residual } from "../stages/residual.ts";
import type { NetworkDefinition, ParameterSource } from "./definition.ts";
import { convolved, type Ends, product } from "./parts.ts";
import { registerDefinition } from "./held_parameters.ts";
import { imageOf, type NetworkSizes, sizeOf, sizesOf } from "./sizes.ts";

/**
 * A residual network without normalisation (He et al. 2016, pre-activation): a stem, then in each stage blocks `x + conv2(φ(conv1(φ(x))))`,
 * the first of every stage but the first at half the resolution, with a 1×1 convolution beside; φ, the mean over positions, a product.
 * The layers that write to a stage's stream and read from it share its axis.
 *
 * @param sizes `image` (channels, height, width), `channels` (of each stage), `blocks` (in each stage), `classes`
 */
export function resnet(
  sizes: NetworkSizes,
  { activation = "relu" }: { activation?: Activation } = {},
): NetworkDefinition {
  const [inputs, height, width] = imageOf(sizes), channels = sizesOf(sizes, "channels");
  const blocks = sizeOf(sizes, "blocks"), classes = sizeOf(sizes, "classes");
  assertActivation(activation);
  return {
    kind: "resnet",
    sizes,
    features: inputs * height * width,
    activation,
    build(source) {
      const streams = channels.map((size, s) => axis(`stream ${s}`, size));
      const stem = { input: axis("channels of the image", inputs), output: streams[0] };
      const stages: Stage[] = [
        image(inputs, height, width),
        convolved(source, "stem", stem, { kernel: [3, 3] }),
      ];
      streams.forEach((output, s) => {
        for (let b = 0; b < blocks; b++) {
          const halves = s > 0 && b === 0, ends = { input: halves ? streams[s - 1] : output, output };
          stages.push(block(source, `stages.${s}.${b}`, ends, { halves, activation }));
        }
      });
      const last: Axis = streams[streams.length - 1];
      const head = product(source, "head", { input: last, output: axis("outputs", classes) });
      return chain([...stages, activationStage(activation), globalAveragePool(), head]);
    },
  };
}

function block(
  source: ParameterSource,
  name: string,
  { input, output }: Ends,
  { halves, activation }: { readonly halves: boolean; readonly activation: Activation },
): Stage {
  const inner = axis(`${name} inner`, output.size), kernel: [number, number] = [3, 3];
  const stride: [number, number] = halves ? [2, 2] : [1, 1];
  const through = chain([
    activationStage(activation),
    convolved(source, `${name}.conv1`, { input, output: inner }, { kernel, stride }),
    activationStage(activation),
    convolved(source, `${name}.conv2`, { input: inner, output }, { kernel }),
  ]);
  if (!halves) return residual(through);
  return residual(through, convolved(source, `${name}.skip`, { input, output }, { kernel: [1, 1], stride }));
}

registerDefinition("resnet", resnet);
