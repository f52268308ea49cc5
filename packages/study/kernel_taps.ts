/** Where the centre and the corners of a kernel are among its taps. */
export interface KernelPlaces {
  readonly centre: number;
  readonly corners: readonly number[];
}

/** The centre and the corners of the kernels of a weight of the shape [outputs, inputs, height, width]; undefined where they have none. */
export function kernelPlaces([, , height = 1, width = 1]: readonly number[]): KernelPlaces | undefined {
  if (height % 2 === 0 || width % 2 === 0 || height === 1 || width === 1) return undefined;
  return {
    centre: (height * width - 1) / 2,
    corners: [0, width - 1, (height - 1) * width, height * width - 1],
  };
}

/** What a tap is called: its row and column; `mask` of a weight without a kernel. */
export function tapName([, , , width]: readonly number[], tap: number): string {
  return width === undefined ? "mask" : `tap ${Math.floor(tap / width)},${tap % width}`;
}
