import { InvalidArgumentError } from "@graphon-limit/runtime";
import type { Stage } from "../stage.ts";
import type { Weight } from "../weight.ts";
import { chain } from "./chain.ts";
import { type ImageWindow, samePadding } from "./image_window.ts";
import { linear } from "./linear.ts";
import { unfold } from "./unfold.ts";

/**
 * A convolution: the product with a weight that has a kernel, at every window of an image. The padding is that which keeps an
 * image's size under a stride of 1, unless given.
 *
 * @throws {InvalidArgumentError} unless the weight has a kernel of two extents
 */
export function convolution(weight: Weight, { stride, padding }: Omit<ImageWindow, "kernel"> = {}): Stage {
  const [height, width] = weight.kernel;
  if (weight.kernel.length !== 2) {
    throw new InvalidArgumentError(
      `Expected ${weight.name} to have a kernel of rows and columns but found ${
        weight.kernel.join("·") || "none"
      }`,
    );
  }
  const kernel: [number, number] = [height, width];
  return chain([unfold({ kernel, stride, padding: padding ?? samePadding(kernel) }), linear(weight)]);
}
