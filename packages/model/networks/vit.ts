import { InvalidArgumentError } from "@graphon-limit/runtime";
import { type Axis, axis } from "../axis.ts";
import type { Stage } from "../stage.ts";
import { activation } from "../stages/activation.ts";
import { attention } from "../stages/attention.ts";
import { chain } from "../stages/chain.ts";
import { image } from "../stages/flatten.ts";
import { globalAveragePool } from "../stages/pool.ts";
import { position } from "../stages/position.ts";
import { residual } from "../stages/residual.ts";
import { unfold } from "../stages/unfold.ts";
import type { NetworkDefinition, ParameterSource } from "./definition.ts";
import { normalised, product } from "./parts.ts";
import { registerDefinition } from "./held_parameters.ts";
import { imageOf, type NetworkSizes, sizeOf } from "./sizes.ts";

/**
 * A vision transformer (Dosovitskiy et al. 2021) whose tokens are averaged at the end: patches through `embed.weight`
 * [d, C · patch²], a `position` [tokens, d] added, blocks `h += o · attention(norm1(h))`, `h += down · gelu(up · norm2(h))`, a norm, the
 * mean over tokens, `head.weight`. All that writes to the stream and reads from it shares its axis; queries and keys share theirs,
 * values and what `o` reads theirs, and both the order of heads.
 *
 * @param sizes `image` (channels, height, width), `width` (d), `heads`, `blocks`, `patch` (its side), `expansion`, `classes`
 */
export function vit(sizes: NetworkSizes): NetworkDefinition {
  const [inputs, height, width] = imageOf(sizes), patch = sizeOf(sizes, "patch");
  const d = sizeOf(sizes, "width"), heads = sizeOf(sizes, "heads"), blocks = sizeOf(sizes, "blocks");
  const expansion = sizeOf(sizes, "expansion"), classes = sizeOf(sizes, "classes");
  if (height % patch !== 0 || width % patch !== 0) {
    throw new InvalidArgumentError(
      `Expected images of whole patches of ${patch}×${patch} but found ${height}×${width}`,
    );
  }
  if (d % heads !== 0) {
    throw new InvalidArgumentError(`Expected a width that ${heads} heads share but found ${d}`);
  }
  const kernel: [number, number] = [patch, patch], tokens = height * width / patch ** 2;
  return {
    kind: "vit",
    sizes,
    features: inputs * height * width,
    activation: "relu",
    build(source) {
      const stream = axis("stream", d), pixels = axis("patch", inputs * patch ** 2);
      return chain([
        image(inputs, height, width),
        unfold({ kernel, stride: kernel }),
        product(source, "embed", { input: pixels, output: stream }),
        position(
          source.take({ name: "position", role: "position", output: axis("tokens", tokens), input: stream }),
        ),
        ...Array.from(
          { length: blocks },
          (_, b) => block(source, `blocks.${b}`, stream, { heads, inner: expansion * d }),
        ),
        normalised(source, "norm", stream),
        globalAveragePool(),
        product(source, "head", { input: stream, output: axis("outputs", classes) }),
      ]);
    },
  };
}

function block(
  source: ParameterSource,
  name: string,
  stream: Axis,
  { heads: count, inner }: { readonly heads: number; readonly inner: number },
): Stage {
  const heads = axis(`${name} heads`, count), { size } = stream;
  const matched = axis(`${name} queries and keys`, size, heads), mixed = axis(`${name} values`, size, heads);
  const hidden = axis(`${name} hidden`, inner);
  const attend = chain([
    normalised(source, `${name}.norm1`, stream),
    attention({
      query: product(source, `${name}.q`, { input: stream, output: matched }),
      key: product(source, `${name}.k`, { input: stream, output: matched }),
      value: product(source, `${name}.v`, { input: stream, output: mixed }),
    }, { heads: count }),
    product(source, `${name}.o`, { input: mixed, output: stream }),
  ]);
  const think = chain([
    normalised(source, `${name}.norm2`, stream),
    product(source, `${name}.up`, { input: stream, output: hidden }),
    activation("gelu"),
    product(source, `${name}.down`, { input: hidden, output: stream }),
  ]);
  return chain([residual(attend), residual(think)]);
}

registerDefinition("vit", vit);
