import { foldWindows, unfoldWindows, type WindowSettings } from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { describeShape, type SignalShape } from "../signal.ts";
import type { Stage } from "../stage.ts";
import { assertWindow, imageExtents, type ImageWindow, windowSettings } from "./image_window.ts";
import { linearMap } from "./linear_map.ts";

/**
 * What is seen in the windows of images, as PyTorch's `Unfold` has it: a row for each channel and tap, a column for each sample and
 * window. The product with a weight [outputs, channels · taps] after it is a convolution.
 */
export function unfold(window: ImageWindow): Stage {
  assertWindow(window);
  return linearMap({
    shape(input) {
      const settings = windowSettings(window, imageExtents(input));
      return { rows: input.rows * tapsOf(settings), positions: [settings.outHeight, settings.outWidth] };
    },
    begin(_x, input) {
      const settings = windowSettings(window, imageExtents(input));
      return {
        apply: (x) => unfolded(x, settings),
        transposed: (delta) => folded(delta, settings),
      };
    },
  });
}

/**
 * The transpose of {@linkcode unfold}: each pixel is the sum of what stands for it in all windows. After the product with a weight it is a
 * transposed convolution.
 *
 * @param extents height and width of the images that come out
 */
export function fold(window: ImageWindow, extents: readonly [number, number]): Stage {
  assertWindow(window);
  const settings = windowSettings(window, extents), taps = tapsOf(settings);
  return linearMap({
    shape(input: SignalShape) {
      const wanted = { rows: input.rows, positions: [settings.outHeight, settings.outWidth] };
      if (input.rows % taps !== 0 || describeShape(input) !== describeShape(wanted)) {
        throw new InvalidArgumentError(
          `Expected a signal of a multiple of ${taps} rows and ${settings.outHeight}·${settings.outWidth} windows but found ${
            describeShape(input)
          }`,
        );
      }
      return { rows: input.rows / taps, positions: [...extents] };
    },
    begin: () => ({
      apply: (x) => folded(x, settings),
      transposed: (delta) => unfolded(delta, settings),
    }),
  });
}

function tapsOf({ kernelHeight, kernelWidth }: WindowSettings): number {
  return kernelHeight * kernelWidth;
}

function unfolded(x: Matrix, settings: WindowSettings): Matrix {
  const { height, width, outHeight, outWidth } = settings, samples = x.cols / (height * width);
  const out = x.device.matrix(x.rows * tapsOf(settings), samples * outHeight * outWidth);
  x.device.run(unfoldWindows, { x, out }, settings);
  return out;
}

function folded(x: Matrix, settings: WindowSettings): Matrix {
  const { height, width, outHeight, outWidth } = settings, samples = x.cols / (outHeight * outWidth);
  const out = x.device.matrix(x.rows / tapsOf(settings), samples * height * width);
  x.device.run(foldWindows, { x, out }, settings);
  return out;
}
