import type { WindowSettings } from "@graphon-limit/ops";
import { assertCount, InvalidArgumentError } from "@graphon-limit/runtime";
import { describeShape, type SignalShape } from "../signal.ts";

/** A window that is moved over an image: extents of its kernel, how far it moves, and how far it begins outside. */
export interface ImageWindow {
  /** Rows and columns. */
  readonly kernel: readonly [number, number];
  /** 1 each way unless given. */
  readonly stride?: readonly [number, number] | undefined;
  /** Pixels of zero around the image, above and below, left and right; 0 unless given. */
  readonly padding?: readonly [number, number] | undefined;
}

/** The padding that keeps an image's size under a kernel of odd extents and a stride of 1. */
export function samePadding([height, width]: readonly [number, number]): [number, number] {
  return [Math.floor(height / 2), Math.floor(width / 2)];
}

/** Throws unless a window is one. */
export function assertWindow({ kernel, stride = [1, 1], padding = [0, 0] }: ImageWindow): void {
  for (const extent of kernel) assertCount("an extent of a kernel", extent, 1);
  for (const step of stride) assertCount("a stride", step, 1);
  for (const pixels of padding) assertCount("a padding", pixels);
}

/** The height and width of an image. @throws {InvalidArgumentError} if a signal is none */
export function imageExtents(shape: SignalShape): [height: number, width: number] {
  const [height, width] = shape.positions;
  if (shape.positions.length !== 2) {
    throw new InvalidArgumentError(
      `Expected a signal of images, channels × height·width, but found ${describeShape(shape)}`,
    );
  }
  return [height, width];
}

/** Where a window goes over an image. @throws {InvalidArgumentError} if it does not fit once */
export function windowSettings(
  { kernel, stride = [1, 1], padding = [0, 0] }: ImageWindow,
  [height, width]: readonly [number, number],
): WindowSettings {
  const [outHeight, outWidth] = [height, width].map((extent, axis) =>
    Math.floor((extent + 2 * padding[axis] - kernel[axis]) / stride[axis]) + 1
  );
  if (outHeight < 1 || outWidth < 1) {
    throw new InvalidArgumentError(
      `Expected images of at least ${kernel.join("·")} for such a kernel but found ${height}·${width}`,
    );
  }
  return {
    ...{ height, width, outHeight, outWidth },
    ...{ kernelHeight: kernel[0], kernelWidth: kernel[1], strideDown: stride[0], strideAcross: stride[1] },
    ...{ paddingTop: padding[0], paddingLeft: padding[1] },
  };
}
