import fc from "fast-check";
import { convolution64, flatten64, globalAveragePool64, image64 } from "./image_reference.ts";
import { activation64, bias64, chain64, linear64, residual64 } from "./reference.ts";
import type { StageFamily } from "./stage_case.ts";
import { attention64, layerNorm64, position64 } from "./token_reference.ts";

const few = (size: fc.Arbitrary<number>, most: number) => size.map((rows) => Math.min(rows, most));

/** Small convolutional networks: a residual block, and a product over all that is left or over means. */
export const convolutionalNetworks: StageFamily = (size) =>
  fc.record({
    channels: few(size, 3),
    inputs: few(size, 2),
    width: fc.constantFrom(2, 3),
    flat: fc.boolean(),
  })
    .map(({ channels, inputs, width, flat }) => {
      const window = { kernel: [2, 3] as [number, number], padding: [1, 1] as [number, number] };
      const same = { kernel: [3, 1] as [number, number], padding: [1, 0] as [number, number] };
      return {
        stage: chain64([
          image64(inputs, 2, width),
          convolution64(channels, inputs, window),
          bias64(channels),
          activation64("tanh"),
          residual64(convolution64(channels, channels, same)),
          ...(flat ? [flatten64()] : [globalAveragePool64()]),
          linear64(2, flat ? channels * 3 * width : channels, 0.5),
        ]),
        input: { rows: inputs * 2 * width, positions: [] },
        most: 9 * channels * 3 * width,
      };
    });

/** Small networks of tokens. */
export const tokenNetworks: StageFamily = (size) =>
  fc.record({ inputs: few(size, 3), tokens: fc.constantFrom(2, 3) }).map(({ inputs, tokens }) => ({
    stage: chain64([
      image64(inputs, 1, tokens),
      linear64(4, inputs),
      position64(tokens, 4),
      residual64(chain64([layerNorm64(4, 0.5), attention64(4, 4, 2), linear64(4, 4)])),
      bias64(4),
      layerNorm64(4, 0.5),
      globalAveragePool64(),
      linear64(2, 4),
      bias64(2),
    ]),
    input: { rows: inputs * tokens, positions: [] },
  }));
