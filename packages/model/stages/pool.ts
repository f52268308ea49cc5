import {
  maxWindows,
  pickWindows,
  returnWindows,
  spreadWindows,
  sumWindows,
  type WindowSettings,
} from "@graphon-limit/ops";
import { InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { describeShape, positionsOf, type SignalShape } from "../signal.ts";
import type { Stage } from "../stage.ts";
import { assertWindow, imageExtents, type ImageWindow, windowSettings } from "./image_window.ts";
import { linearMap } from "./linear_map.ts";

/** A window that pools: it moves by its own extents unless given, and not outside the image. */
export type PoolWindow = Pick<ImageWindow, "kernel" | "stride">;

/** The average over each window of images; what is left over below and to the right is left out. */
export function averagePool({ kernel, stride = kernel }: PoolWindow): Stage {
  assertWindow({ kernel, stride });
  return averaging((input) => windowSettings({ kernel, stride }, imageExtents(input)));
}

/** The average over all positions, of an image or a sequence: a column a sample is left. */
export function globalAveragePool(): Stage {
  return averaging((input) => {
    const width = positionsOf(input);
    return windowSettings({ kernel: [1, width] }, [1, width]);
  }, true);
}

function averaging(settingsOf: (input: SignalShape) => WindowSettings, global = false): Stage {
  return linearMap({
    shape: (input) => pooledShape(input, settingsOf(input), global),
    begin(_x, input) {
      const settings = settingsOf(input), { kernelHeight, kernelWidth } = settings;
      const all = { ...settings, scale: 1 / (kernelHeight * kernelWidth) };
      return {
        apply(x) {
          const out = pooledMatrix(x, settings);
          x.device.run(sumWindows, { x, out }, all);
          return out;
        },
        transposed(delta) {
          const out = imageMatrix(delta, settings);
          delta.device.run(spreadWindows, { x: delta, out }, all);
          return out;
        },
      };
    },
  });
}

/**
 * The largest of each window of images, the first of equals. Where it is taken to stay: derivatives are those of what was picked.
 */
export function maximumPool({ kernel, stride = kernel }: PoolWindow): Stage {
  assertWindow({ kernel, stride });
  const settingsOf = (input: SignalShape) => windowSettings({ kernel, stride }, imageExtents(input));
  return linearMap({
    shape: (input) => pooledShape(input, settingsOf(input), false),
    begin(first, input) {
      const settings = settingsOf(input), { device, rows } = first;
      const taps = device.matrix(rows, columnsOf(first, settings), "u32");
      device.run(maxWindows, { x: first, taps }, settings);
      return {
        apply(x) {
          const out = pooledMatrix(x, settings);
          device.run(pickWindows, { x, taps, out }, settings);
          return out;
        },
        transposed(delta) {
          const out = imageMatrix(delta, settings);
          device.run(returnWindows, { x: delta, taps, out }, settings);
          return out;
        },
        [Symbol.dispose]: () => taps.dispose(),
      };
    },
  });
}

function pooledShape(
  input: SignalShape,
  { outHeight, outWidth }: WindowSettings,
  global: boolean,
): SignalShape {
  if (global && input.positions.length === 0) {
    throw new InvalidArgumentError(
      `Expected a signal with positions to average over but found ${describeShape(input)}`,
    );
  }
  return { rows: input.rows, positions: global ? [] : [outHeight, outWidth] };
}

function columnsOf(x: Matrix, { height, width, outHeight, outWidth }: WindowSettings): number {
  return x.cols / (height * width) * outHeight * outWidth;
}

function pooledMatrix(x: Matrix, settings: WindowSettings): Matrix {
  return x.device.matrix(x.rows, columnsOf(x, settings));
}

function imageMatrix(pooled: Matrix, { height, width, outHeight, outWidth }: WindowSettings): Matrix {
  return pooled.device.matrix(pooled.rows, pooled.cols / (outHeight * outWidth) * height * width);
}
