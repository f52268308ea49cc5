import {
  activation,
  averagePool,
  axis,
  chain,
  convolved,
  flatten,
  frozenNorm,
  image,
  type NetworkDefinition,
  product,
} from "@graphon-limit/model";

/** A convolution, batch normalisation in evaluation, and a product, as `nn.Sequential` of `test/cli/frozen_norms_test.ts` has them. */
export default function normedNetwork(
  { image: [inputs, height, width] }: { readonly image: readonly [number, number, number] },
): NetworkDefinition {
  const pixels = axis("pixels", inputs), channels = axis("channels", 4);
  const seen = axis("seen", 4 * (height >> 2) * (width >> 2));
  return {
    kind: "normed",
    features: inputs * height * width,
    activation: "relu",
    build: (source) =>
      chain([
        image(inputs, height, width),
        convolved(source, "conv", { input: pixels, output: channels }, { kernel: [3, 3], padding: [1, 1] }),
        frozenNorm(source, "bn", channels),
        activation("relu"),
        averagePool({ kernel: [4, 4] }),
        flatten(),
        product(source, "last", { input: seen, output: axis("classes", 10) }),
      ]),
  };
}
