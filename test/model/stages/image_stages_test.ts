import fc from "fast-check";
import type { ImageWindow } from "@graphon-limit/model";
import { testFlow } from "./flow_harness.ts";
import { testStage } from "./harness.ts";
import {
  averagePool64,
  convolution64,
  flatten64,
  fold64,
  globalAveragePool64,
  image64,
  maximumPool64,
  unfold64,
} from "./image_reference.ts";
import { activation64, bias64, chain64, linear64, type Reference, residual64 } from "./reference.ts";
import type { StageFamily } from "./stage_case.ts";

const extent = fc.integer({ min: 1, max: 5 }), pair = (of: fc.Arbitrary<number>) => fc.tuple(of, of);
const few = (size: fc.Arbitrary<number>, most: number) => size.map((rows) => Math.min(rows, most));

/** A window, and images on which it fits at least once. */
const windows = fc.record({
  kernel: pair(fc.integer({ min: 1, max: 3 })),
  stride: pair(fc.integer({ min: 1, max: 2 })),
  padding: pair(fc.integer({ min: 0, max: 1 })),
  beyond: pair(fc.integer({ min: 0, max: 3 })),
}).map(({ kernel, stride, padding, beyond }) => {
  const extents = [0, 1].map((axis) => Math.max(1, kernel[axis] - 2 * padding[axis]) + beyond[axis]);
  return {
    window: { kernel, stride, padding } satisfies ImageWindow,
    extents: [extents[0], extents[1]] as const,
  };
});

const seenOf = (
  { kernel, stride, padding }: Readonly<Record<keyof ImageWindow, readonly number[]>>,
  extents: readonly number[],
) => extents.map((size, axis) => Math.floor((size + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1);

const unfolds: StageFamily = (size) =>
  fc.record({ rows: few(size, 5), windows }).map(({ rows, windows: { window, extents } }) => ({
    stage: unfold64(window),
    input: { rows, positions: extents },
  }));

const folds: StageFamily = (size) =>
  fc.record({ rows: few(size, 3), windows }).map(({ rows, windows: { window, extents } }) => ({
    stage: fold64(window, [extents[0], extents[1]]),
    input: { rows: rows * window.kernel[0] * window.kernel[1], positions: seenOf(window, extents) },
  }));

const convolutions: StageFamily = (size) =>
  fc.record({ inputs: few(size, 5), outputs: few(size, 5), windows })
    .map(({ inputs, outputs, windows: { window, extents } }) => ({
      stage: convolution64(outputs, inputs, window),
      input: { rows: inputs, positions: extents },
    }));

/** A pooling stage, by itself and after a product whose gradients come in from all windows. */
const pools = (place: (window: ImageWindow) => Reference): StageFamily => (size) =>
  fc.record({ rows: few(size, 9), window: windows, own: fc.boolean() })
    .map(({ rows, window: { window: { kernel, stride }, extents }, own }) => ({
      stage: place(own ? { kernel } : { kernel, stride }),
      input: { rows, positions: extents.map((size, axis) => Math.max(size, kernel[axis])) },
    }));

const flats: StageFamily = (size) =>
  fc.record({ rows: few(size, 9), extents: pair(extent), kind: fc.nat(2) })
    .map(({ rows, extents: [height, width], kind }) => ({
      stage: [flatten64(), globalAveragePool64(), image64(rows, height, width)][kind],
      input: kind === 2
        ? { rows: rows * height * width, positions: [] }
        : { rows, positions: [height, width] },
    }));

/** A small convolutional network with a residual block. */
const networks: StageFamily = (size) =>
  fc.record({ channels: few(size, 3), inputs: few(size, 2), extents: pair(fc.constantFrom(2, 3, 4)) })
    .map(({ channels, inputs, extents: [height, width] }) => {
      const kernel: [number, number] = [3, 3], padding: [number, number] = [1, 1];
      const same = (rows: number, cols: number) => convolution64(rows, cols, { kernel, padding });
      const halved = { kernel: [1, 1] as [number, number], stride: [2, 2] as [number, number] };
      return {
        stage: chain64([
          image64(inputs, height, width),
          same(channels, inputs),
          bias64(channels),
          activation64("tanh"),
          residual64(
            chain64([
              activation64("erf"),
              convolution64(channels, channels, { kernel, padding, stride: [2, 2] }),
              same(channels, channels),
            ]),
            convolution64(channels, channels, halved),
          ),
          globalAveragePool64(),
          linear64(2, channels),
        ]),
        input: { rows: inputs * height * width, positions: [] },
        most: 9 * Math.max(channels, inputs) * height * width,
      };
    });

testStage("unfold", unfolds);
testStage("fold", folds);
testStage("convolution", convolutions);
testStage("average pooling", pools(averagePool64));
testStage("maximum pooling", pools(maximumPool64));
testStage("flattening, global pooling, images", flats);
testStage("a convolutional network", networks, { runs: 8 });

const small = { runs: 20 };
testFlow("unfold", unfolds, small);
testFlow("convolution", convolutions, small);
testFlow("average pooling", pools(averagePool64), small);
testFlow("flattening, global pooling, images", flats, small);
