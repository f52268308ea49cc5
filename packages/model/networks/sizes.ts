import { InvalidArgumentError } from "@graphon-limit/runtime";

/** The extents of a network, by name: `{ image: [1, 28, 28], channels: [8, 16], kernel: 3, classes: 10 }`. */
export type NetworkSizes = Readonly<Record<string, number | readonly number[]>>;

/** One of the named sizes of a network. @throws {InvalidArgumentError} unless it is a number, or as many numbers as asked for */
export function sizeOf(sizes: NetworkSizes, name: string): number {
  const size = sizes[name];
  if (typeof size !== "number" || !Number.isInteger(size) || size < 1) {
    throw new InvalidArgumentError(
      `Expected a positive whole ${name} of a network but found ${String(size)}`,
    );
  }
  return size;
}

/** Some of the named sizes. @throws {InvalidArgumentError} unless they are positive whole numbers */
export function sizesOf(sizes: NetworkSizes, name: string): readonly number[] {
  const list = sizes[name];
  if (typeof list === "number" || list === undefined || list.length === 0) {
    throw new InvalidArgumentError(`Expected a list of the ${name} of a network but found ${String(list)}`);
  }
  list.forEach((_, index) => sizeOf({ [name]: list[index] }, name));
  return list;
}

/** Channels, height and width of a network's images. */
export function imageOf(sizes: NetworkSizes): readonly [channels: number, height: number, width: number] {
  const [channels, height, width, ...rest] = sizesOf(sizes, "image");
  if (width === undefined || rest.length > 0) {
    throw new InvalidArgumentError(
      `Expected an image of channels, height and width but found ${String(sizes.image)}`,
    );
  }
  return [channels, height, width];
}
