import { transposeBlocks } from "@graphon-limit/ops";
import { assertCount, InvalidArgumentError, type Matrix } from "@graphon-limit/runtime";
import { describeShape, positionsOf } from "../signal.ts";
import type { Stage } from "../stage.ts";
import { linearMap } from "./linear_map.ts";

/** Positions as rows: channel by channel and, in each, position by position, as PyTorch flattens an image. */
export function flatten(): Stage {
  return linearMap({
    shape: (input) => ({ rows: input.rows * positionsOf(input), positions: [] }),
    begin: (_x, input) => ({
      apply: (x) => positionsToRows(x, positionsOf(input)),
      transposed: (delta) => rowsToPositions(delta, positionsOf(input)),
    }),
  });
}

/** The other way round: samples of `channels · height · width` numbers, as data sets come, as images with positions. */
export function image(channels: number, height: number, width: number): Stage {
  for (const extent of [channels, height, width]) assertCount("an extent of images", extent, 1);
  const positions = height * width;
  return linearMap({
    shape(input) {
      if (input.positions.length > 0 || input.rows !== channels * positions) {
        throw new InvalidArgumentError(
          `Expected samples of ${channels}·${height}·${width} numbers but found ${describeShape(input)}`,
        );
      }
      return { rows: channels, positions: [height, width] };
    },
    begin: () => ({
      apply: (x) => rowsToPositions(x, positions),
      transposed: (delta) => positionsToRows(delta, positions),
    }),
  });
}

/** [channels, samples · positions] as [channels · positions, samples]. */
function positionsToRows(x: Matrix, positions: number): Matrix {
  const samples = x.cols / positions, out = x.device.matrix(x.rows * positions, samples);
  x.device.run(transposeBlocks, { x, out }, { blockRows: samples, blockCols: positions });
  return out;
}

/** [channels · positions, samples] as [channels, samples · positions]. */
function rowsToPositions(x: Matrix, positions: number): Matrix {
  const out = x.device.matrix(x.rows / positions, x.cols * positions);
  x.device.run(transposeBlocks, { x, out }, { blockRows: positions, blockCols: x.cols });
  return out;
}
