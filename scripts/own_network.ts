/**
 * A network of one's own, for `--network ./scripts/own_network.ts`: a convolution whose channels see the mean of 4×4 pixels, and a
 * product. A definition says which parameters there are; what they are is somebody else's affair.
 */
import {
  activation,
  averagePool,
  axis,
  chain,
  convolved,
  flatten,
  image,
  type NetworkDefinition,
  product,
} from "@graphon-limit/model";

interface Samples {
  /** Channels, height and width. */
  readonly image: readonly [number, number, number];
  readonly classes: number | undefined;
}

export default function ownNetwork(
  { image: [inputs, height, width], classes = 10 }: Samples,
): NetworkDefinition {
  const pixels = axis("channels of the image", inputs), channels = axis("channels", 12);
  const seen = axis("channels and positions", 12 * (height >> 2) * (width >> 2));
  return {
    kind: "own",
    features: inputs * height * width,
    activation: "relu",
    build: (source) =>
      chain([
        image(inputs, height, width),
        convolved(source, "first", { input: pixels, output: channels }, { kernel: [5, 5] }),
        activation("relu"),
        averagePool({ kernel: [4, 4] }),
        flatten(),
        product(source, "last", { input: seen, output: axis("classes", classes) }),
      ]),
  };
}
